package dev.cofferdam.policy;

import java.time.Duration;

/**
 * When the circuit of a tool opens and closes.
 *
 * @param failures so many within the window open it
 * @param window in which they count
 * @param pause for which it stays open
 * @param probes so many runs are let through then
 */
public record CircuitRule(int failures, Duration window, Duration pause, int probes) {
    static final Duration WINDOW = Duration.ofMinutes(5);
    static final Duration PAUSE = Duration.ofMinutes(1);
    static final int PROBES = 3;
}
