package dev.cofferdam.controller.reconcile;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * The time in which this replica may decide. Once it is to stop, no step begins, and those under way are waited for: the SDK empties its caches before the last steps are done (5.3.2), and by
 * an empty cache no place is taken, and no namespace stopped. Who does not come to an end in time, or leads no more, decides about no run by a cache and sends no status after it; nor does a leader
 * whose lease has run out, before it knows that. Thread-safe.
 */
public final class Term {
    /** It is over: what was read or is to be written is no business of this replica. */
    static final class OverException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OverException() {
            super("this replica stops, or leads no more, or cannot tell; whoever leads goes on from what is stored");
        }
    }

    private final ReentrantReadWriteLock steps = new ReentrantReadWriteLock();
    private final Clock clock;
    private volatile Instant until = Instant.MIN;
    private volatile boolean isEnding;
    private volatile boolean isOver;

    public Term(Clock clock) {
        this.clock = clock;
    }

    /**
     * Lets it last until then, be that earlier or later than before, if it has not ended.
     *
     * @param until by when nobody else can have begun to lead
     */
    public void lastsUntil(Instant until) {
        this.until = until;
    }

    /** Takes a step; empty, and not taken, where the term ends. */
    <T> Optional<T> step(Supplier<T> step) {
        if (!steps.readLock().tryLock()) {
            return Optional.empty();
        }
        try {
            return isEnding ? Optional.empty() : Optional.of(step.get());
        } finally {
            steps.readLock().unlock();
        }
    }

    /** Returns what was read of a cache, which was whole then. */
    <T> T whole(T read) {
        check();
        return read;
    }

    /** @throws OverException where it is over, or it does not last until now */
    public void check() {
        if (isOver || clock.instant().isAfter(until)) {
            throw new OverException();
        }
    }

    /**
     * Ends it, for good.
     *
     * @param patience for steps that are under way; those that take longer fail at whatever they read or write next
     * @return whether there are none any more
     */
    public boolean end(Duration patience) {
        isEnding = true;
        boolean isDone = false;
        try {
            isDone = steps.writeLock().tryLock(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            isOver = true;
            if (isDone) {
                steps.writeLock().unlock();
            }
        }
        return isDone;
    }
}
