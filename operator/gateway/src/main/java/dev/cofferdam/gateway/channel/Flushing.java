package dev.cofferdam.gateway.channel;

import java.time.Duration;
import java.time.Instant;

/**
 * When what was denied to a run is stored while its tool is at work: never at once, because most runs are over in a moment and store all of it with their end, and not again
 * within {@link #PAUSE}, whatever is denied meanwhile. Not thread-safe.
 */
final class Flushing {
    /** From one to the next, at least. */
    static final Duration PAUSE = Duration.ofSeconds(10);

    private long stored;
    private long seen;
    private long storing;
    private Instant next = Instant.MIN;
    private boolean underWay;

    /** @param stored how many denials are stored already */
    Flushing(long stored) {
        this.stored = stored;
        this.seen = stored;
    }

    /** Whether it is worth the trouble to look. */
    boolean mayBegin(Instant now) {
        return !underWay && !now.isBefore(next);
    }

    /**
     * Whether to begin; then {@link #over} is to be told. Somebody looks every second or so, and what was denied since he looked before waits for the next time.
     *
     * @param denied all that were denied so far
     */
    boolean begins(long denied) {
        boolean due = seen > stored;
        seen = denied;
        if (due) {
            underWay = true;
            storing = denied;
        }
        return due;
    }

    /** The same without waiting, because nobody looks later. */
    boolean beginsAtOnce(long denied) {
        seen = denied;
        return begins(denied);
    }

    boolean isUnderWay() {
        return underWay;
    }

    /** @param now from when the pause is: what takes long is not asked for more often than what does not */
    void over(boolean kept, Instant now) {
        underWay = false;
        next = now.plus(PAUSE);
        if (kept) {
            stored = storing;
        }
    }
}
