package dev.cofferdam.record;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditSource;

/**
 * How much of an API object each part of the record may take. An object over about 1.5 MiB is refused whole, and what counts is its JSON as the API server
 * writes it: Go's encoder spends six bytes on a control byte and on {@code <}, {@code >}, {@code &}, U+2028 and U+2029.
 */
public final class Budgets {
    /** What a run gives its tool: arguments, environment and stdin, in JSON-escaped bytes. */
    public static final int SPEC_BYTES = 384 << 10;

    /** {@code status.result}, in JSON-escaped bytes. */
    public static final int RESULT_BYTES = 256 << 10;

    /** {@code status.audit}, all sources together, in JSON-escaped bytes. */
    public static final int AUDIT_BYTES = 96 << 10;

    /** Keys, quotes and punctuation of one audit event or source, with room to spare. */
    private static final int FRAME_BYTES = 256;

    /** Key, quotes, colon and comma of one detail. */
    private static final int DETAIL_FRAME_BYTES = 6;

    private static final int NUMBER_BYTES = 20;

    private Budgets() {}

    /** Bytes of a text inside the quotes of a JSON string, at most. Null takes none. */
    public static long jsonBytes(String text) {
        return text == null
                ? 0
                : text.codePoints().mapToLong(Budgets::jsonBytes).sum();
    }

    /** Bytes of one character inside a JSON string, at most: no encoder in use needs more. */
    static int jsonBytes(int character) {
        return switch (character) {
            case '"', '\\', '\n', '\r', '\t' -> 2;
            case '<', '>', '&', 0x2028, 0x2029 -> 6;
            default -> {
                if (character < 0x20 || character == 0x7f) {
                    yield 6;
                }
                yield character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
            }
        };
    }

    /** Bytes of one audit event in the object, at most. */
    public static long bytes(AuditEvent event) {
        long details = event.detail().entrySet().stream()
                .mapToLong(d -> jsonBytes(d.getKey()) + jsonBytes(d.getValue()) + DETAIL_FRAME_BYTES)
                .sum();
        return FRAME_BYTES
                + NUMBER_BYTES
                + jsonBytes(event.timestamp())
                + jsonBytes(event.componentId())
                + jsonBytes(event.resource())
                + jsonBytes(event.action())
                + jsonBytes(event.policyVersion())
                + details;
    }

    /** Bytes of one audit source in the object, at most. */
    public static long bytes(AuditSource source) {
        long events = source.events().stream().mapToLong(Budgets::bytes).sum();
        return FRAME_BYTES + 4 * NUMBER_BYTES + jsonBytes(source.source()) + jsonBytes(source.head()) + events;
    }
}
