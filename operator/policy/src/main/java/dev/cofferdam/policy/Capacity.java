package dev.cofferdam.policy;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * How many runs there may be at one time where one of a policy is to begin. One of the first two is there.
 *
 * @param active most of the policy that have a place
 * @param inNamespace most of the whole namespace that have one
 * @param queued most that wait for one
 * @param patience longest time that one waits
 */
public record Capacity(OptionalInt active, OptionalInt inNamespace, int queued, Duration patience) {
    /** Of the policy alone. */
    public Capacity(int active, int queued, Duration patience) {
        this(OptionalInt.of(active), OptionalInt.empty(), queued, patience);
    }

    static final int QUEUED = 1000;
    static final Duration PATIENCE = Duration.ofMinutes(5);
}
