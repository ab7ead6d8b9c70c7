package dev.cofferdam.controller.telemetry;

import dev.cofferdam.record.Digest;
import io.opentelemetry.sdk.trace.IdGenerator;

/** Ids of one run after the other, each run's made of its UID. */
final class DerivedIds implements IdGenerator {
    private static final int TRACE_DIGITS = 32;
    private static final int SPAN_DIGITS = 16;

    private String uid = "";
    private int spans;

    void restart(String runUid) {
        uid = runUid;
        spans = 0;
    }

    @Override
    public String generateTraceId() {
        return digits("trace", TRACE_DIGITS);
    }

    @Override
    public String generateSpanId() {
        return digits("span " + spans++, SPAN_DIGITS);
    }

    private String digits(String what, int length) {
        return Digest.hex(uid + " " + what).substring(0, length);
    }
}
