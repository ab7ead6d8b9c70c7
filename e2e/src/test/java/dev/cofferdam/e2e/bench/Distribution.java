package dev.cofferdam.e2e.bench;

import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** Durations of the same thing, in ascending order; at least one. */
record Distribution(List<Duration> sorted) {
    static Distribution of(Collection<Duration> durations) {
        if (durations.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        return new Distribution(durations.stream().sorted().toList());
    }

    /** By nearest rank: a duration that was really measured. */
    Duration percentile(int percent) {
        return sorted.get(Math.max(0, Math.ceilDiv(sorted.size() * percent, 100) - 1));
    }

    Duration p50() {
        return percentile(50);
    }

    Duration p95() {
        return percentile(95);
    }
}
