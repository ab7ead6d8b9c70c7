package dev.cofferdam.controller.alert;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/** Times as statuses have them. */
final class Timestamp {
    private Timestamp() {}

    /** Empty where there is none, or no time that can be read. */
    static Optional<Instant> read(String text) {
        try {
            return Optional.ofNullable(text).map(Instant::parse);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
