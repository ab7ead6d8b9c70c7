package dev.cofferdam.policy;

import dev.cofferdam.record.Digest;
import java.time.Duration;

/**
 * How often and when a run of an idempotent tool is tried again.
 *
 * @param attemptsMost attempts of one run, the first included
 * @param initialDelay from the end of the first attempt to the second, before jitter
 * @param multiplier what each further delay is longer by than the one before
 * @param delayMost the longest delay, jitter included
 * @param jitter the part of a delay by which it may be shorter or longer, 0 to 1
 */
public record Repetition(
        int attemptsMost, Duration initialDelay, double multiplier, Duration delayMost, double jitter) {
    public static final Repetition DEFAULTS =
            new Repetition(3, Duration.ofMillis(100), 2, Duration.ofSeconds(30), 0.25);

    private static final int DIGITS = 8;

    /**
     * The time from the end of an attempt to the next one. It is the same whenever it is worked out: no restart makes it longer or shorter.
     *
     * @param runUid makes it another one for each run
     * @param attempt the number of the attempt that has ended, from 1
     */
    public Duration delay(String runUid, int attempt) {
        double most = delayMost.toMillis();
        double even = Math.min(most, initialDelay.toMillis() * Math.pow(multiplier, attempt - 1));
        double shifted = even * (1 + jitter * (2 * chance(runUid, attempt) - 1));
        return Duration.ofMillis(Math.round(Math.min(most, shifted)));
    }

    /** From 0 to 1, evenly over runs and attempts. */
    private static double chance(String runUid, int attempt) {
        String digest = Digest.of(runUid + "/" + attempt);
        String digits = digest.substring(digest.length() - DIGITS);
        return Long.parseLong(digits, 16) / (double) 0xffff_ffffL;
    }
}
