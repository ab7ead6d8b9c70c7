package dev.cofferdam.controller.status;

import dev.cofferdam.policy.Capacity;
import dev.cofferdam.policy.Repetition;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How long a run waits for another one of its idempotency key: as long as that could take, which asks for the same under the same policy. So the wait is over only
 * where something is wrong, as with a run that another version of Cofferdam has begun, and that this one does not understand.
 */
public final class Awaiting {
    /** What the start of a pod takes at most, with what is pulled. */
    private static final Duration START = Duration.ofMinutes(10);

    /** For what no rule bounds. */
    private static final Duration MARGIN = Duration.ofMinutes(15);

    /** A process that has just begun to look may not have seen yet that the other one has ended. */
    private static final Duration GRACE = Duration.ofMinutes(5);

    private Awaiting() {}

    /**
     * The longest time.
     *
     * @param capacity under which the other one may have waited for its place
     * @param repetition of its attempts; empty where it has only one
     */
    public static Duration patience(Optional<Capacity> capacity, Optional<Repetition> repetition, Duration timeout) {
        Duration attempt = START.plus(timeout);
        return capacity.map(Capacity::patience)
                .orElse(Duration.ZERO)
                .plus(repetition
                        .map(again -> attempt.plus(again.delayMost()).multipliedBy(again.attemptsMost()))
                        .orElse(attempt))
                .plus(MARGIN);
    }

    /**
     * Whether the wait is over.
     *
     * @param created when the run that waits was created
     * @param looking since when this process looks at runs
     */
    public static boolean isOver(Instant created, Instant looking, Duration patience, Instant now) {
        return now.isAfter(created.plus(patience)) && now.isAfter(looking.plus(GRACE));
    }
}
