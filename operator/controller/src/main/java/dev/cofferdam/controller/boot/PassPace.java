package dev.cofferdam.controller.boot;

import java.time.Duration;
import java.time.Instant;

/** When all is looked through again. A pass that fails has listed everything all the same, so it is not made again at once. Of one thread. */
final class PassPace {
    private static final Duration AFTER_A_FAILURE = Duration.ofMinutes(1);

    private final Duration interval;
    private Instant next = Instant.MIN;

    PassPace(Duration interval) {
        this.interval = interval;
    }

    boolean isDue(Instant now) {
        return !now.isBefore(next);
    }

    /** Before a pass, which may come to nothing. */
    void begins(Instant now) {
        next = now.plus(interval.compareTo(AFTER_A_FAILURE) < 0 ? interval : AFTER_A_FAILURE);
    }

    /** A pass has looked through everything. */
    void isDone(Instant now) {
        next = now.plus(interval);
    }

    /** Whoever begins to lead begins with a pass. */
    void reset() {
        next = Instant.MIN;
    }
}
