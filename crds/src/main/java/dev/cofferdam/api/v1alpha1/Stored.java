package dev.cofferdam.api.v1alpha1;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Copies of collections as they come from an object that anybody may have written: never null, never modifiable, and nothing in them makes the copy fail. */
final class Stored {
    private Stored() {}

    /** A null element says nothing, and is left out. */
    static <T> List<T> list(List<T> given) {
        return given == null
                ? List.of()
                : given.stream().filter(Objects::nonNull).toList();
    }

    /** A null value is kept: the key alone says that somebody wrote something that is not known here. Keeps the order. */
    static Map<String, Object> unknown(Map<String, Object> given) {
        return given == null || given.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(given));
    }

    /** An entry without a value says nothing, and is left out. Keeps the order. */
    static <T> Map<String, T> map(Map<String, T> given) {
        if (given == null || given.isEmpty()) {
            return Map.of();
        }
        Map<String, T> copy = new LinkedHashMap<>();
        given.forEach((key, value) -> {
            if (value != null) {
                copy.put(key, value);
            }
        });
        return Collections.unmodifiableMap(copy);
    }
}
