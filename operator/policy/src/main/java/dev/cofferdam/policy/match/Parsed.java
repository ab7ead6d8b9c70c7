package dev.cofferdam.policy.match;

import java.util.Optional;
import java.util.function.Function;

/** What became of a text: a value, or why it is none. */
public sealed interface Parsed<T> {
    record Good<T>(T value) implements Parsed<T> {}

    /** @param why what is wrong, and what would be right; the text is quoted in it, bounded and escaped */
    record Bad<T>(String why) implements Parsed<T> {}

    static <T> Parsed<T> good(T value) {
        return new Good<>(value);
    }

    static <T> Parsed<T> bad(String text, String why) {
        return new Bad<>(Text.quoted(text) + " " + why);
    }

    default Optional<T> found() {
        return switch (this) {
            case Good<T> good -> Optional.of(good.value());
            case Bad<T> bad -> Optional.empty();
        };
    }

    default <R> Parsed<R> map(Function<T, R> mapping) {
        return switch (this) {
            case Good<T> good -> new Good<>(mapping.apply(good.value()));
            case Bad<T> bad -> new Bad<>(bad.why());
        };
    }
}
