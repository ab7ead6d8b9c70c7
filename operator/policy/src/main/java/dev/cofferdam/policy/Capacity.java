package dev.cofferdam.policy;

import java.time.Duration;

/**
 * How many runs of a policy there may be at one time.
 *
 * @param active most that have a place
 * @param queued most that wait for one
 * @param patience longest time that one waits
 */
public record Capacity(int active, int queued, Duration patience) {
    static final int QUEUED = 1000;
    static final Duration PATIENCE = Duration.ofMinutes(5);
}
