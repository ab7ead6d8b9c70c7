package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RefusalsTest {
    private final List<String> lines = new ArrayList<>();
    private final AtomicInteger counted = new AtomicInteger();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Refusals refusals = new Refusals(new Counted(), lines::add, () -> now);

    @Test
    void aFloodOfOneAddressIsCountedInFullAndLeavesTheLinesOfOthers() {
        for (int i = 0; i < 500; i++) {
            refusals.record(Refusal.TokenRejected, "10.0.0.1", "");
        }
        refusals.record(Refusal.WrongPeer, "10.0.0.2", "");
        assertThat(counted).hasValue(501);
        assertThat(lines).hasSize(21);
        assertThat(lines.getLast()).contains("WrongPeer", "10.0.0.2");

        now = now.plusSeconds(1);
        refusals.record(Refusal.TokenRejected, "10.0.0.1", "");
        refusals.record(Refusal.TokenRejected, "10.0.0.1", "");

        assertThat(lines).hasSize(22);
        assertThat(lines.getLast()).contains("\"leftOut\":\"480\"");
    }

    @Test
    void aLineIsAsciiAndSaysWhenWhoAndWhy() {
        refusals.record(Refusal.NotASandboxPod, "10.0.0.1", "a\u202eb\n\"c\"");
        assertThat(lines).containsExactly("""
                        {"timestamp":"2026-01-01T00:00:00Z","event_type":"PolicyViolation","resource":"run channel","action":"connect",\
                        "result":"Denied","detail":{"message":"a\\\\u202eb\\\\u000a\\"c\\"","peer":"10.0.0.1","reason":"NotASandboxPod"}}""");
    }

    private final class Counted implements Counters {
        @Override
        public void refused(Refusal refusal) {
            counted.incrementAndGet();
        }

        @Override
        public void opened(boolean resumed) {}

        @Override
        public void tampered() {}

        @Override
        public void stored(boolean kept) {}
    }
}
