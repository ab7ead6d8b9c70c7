package dev.cofferdam.policy.alert;

import java.util.Comparator;

/**
 * A count in a window of time.
 *
 * @param name of what is counted: a {@link Count}, or {@link #MATCHES}
 * @param seconds length of the window, from {@value #LEAST} to {@value #MOST}
 */
public record Series(String name, int seconds) implements Comparable<Series> {
    /** What is counted where a condition is about one run: those for which it held. */
    public static final String MATCHES = "matches";

    /** Ten seconds, and a day. */
    public static final int LEAST = 10;

    public static final int MOST = 86_400;

    private static final Comparator<Series> ORDER =
            Comparator.comparing(Series::name).thenComparingInt(Series::seconds);

    /** Where a condition is about one run, it holds for a minute after one for which it held. */
    static final Series OF_RUNS = new Series(MATCHES, 60);

    static Series of(Count count, int seconds) {
        return new Series(count.text(), seconds);
    }

    String variable() {
        return name + "_per_" + seconds;
    }

    @Override
    public int compareTo(Series other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return name + " per " + seconds + "s";
    }
}
