package dev.cofferdam.policy;

import java.time.Duration;

/**
 * How many runs of a policy are let through.
 *
 * @param runs most that were created within any time of the length
 * @param per that length, whole seconds or more
 */
public record RateRule(int runs, Duration per) {
    static final Duration PER = Duration.ofMinutes(1);
}
