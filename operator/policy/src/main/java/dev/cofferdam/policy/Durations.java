package dev.cofferdam.policy;

import java.time.Duration;
import java.util.Optional;

/**
 * Durations as Kubernetes users write them: whole numbers with a unit, largest unit first, each at most once: {@code 500ms}, {@code 30s}, {@code 1h30m}.
 * Units are {@code h}, {@code m}, {@code s} and {@code ms}. No sign, no fraction, no blank, no bare number.
 */
public final class Durations {
    /** Enough for 365 days in milliseconds. */
    private static final int DIGITS_MOST = 11;

    private static final int TEXT_MOST = 32;

    private enum Unit {
        H("h", 3_600_000),
        M("m", 60_000),
        S("s", 1000),
        MS("ms", 1);

        private final String text;
        private final long millis;

        Unit(String text, long millis) {
            this.text = text;
            this.millis = millis;
        }

        static Optional<Unit> of(String text) {
            for (Unit unit : values()) {
                if (unit.text.equals(text)) {
                    return Optional.of(unit);
                }
            }
            return Optional.empty();
        }
    }

    private Durations() {}

    /** The duration, or empty where the text does not have the form. */
    public static Optional<Duration> parse(String text) {
        if (text == null || text.isEmpty() || text.length() > TEXT_MOST) {
            return Optional.empty();
        }
        long millis = 0;
        int before = -1;
        int at = 0;
        while (at < text.length()) {
            int unitAt = skip(text, at, true);
            int end = skip(text, unitAt, false);
            Optional<Unit> unit = Unit.of(text.substring(unitAt, end));
            if (unitAt == at
                    || unitAt - at > DIGITS_MOST
                    || unit.isEmpty()
                    || unit.get().ordinal() <= before) {
                return Optional.empty();
            }
            millis += Long.parseLong(text, at, unitAt, 10) * unit.get().millis;
            before = unit.get().ordinal();
            at = end;
        }
        return Optional.of(Duration.ofMillis(millis));
    }

    /** A text that {@link #parse} reads as this duration: below an hour in seconds, as people write such bounds. Whole milliseconds, not negative. */
    public static String text(Duration duration) {
        long rest = duration.toMillis();
        boolean inSeconds = rest < Unit.H.millis;
        StringBuilder text = new StringBuilder();
        for (Unit unit : Unit.values()) {
            long count = inSeconds && unit == Unit.M ? 0 : rest / unit.millis;
            if (count > 0) {
                text.append(count).append(unit.text);
                rest -= count * unit.millis;
            }
        }
        return text.isEmpty() ? "0s" : text.toString();
    }

    private static int skip(String text, int from, boolean digits) {
        int at = from;
        while (at < text.length() && (text.charAt(at) >= '0' && text.charAt(at) <= '9') == digits) {
            at++;
        }
        return at;
    }
}
