package dev.cofferdam.api.v1alpha1.schema;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** JSON values as maps, lists and scalars. */
final class Plain {
    private Plain() {}

    /**
     * The same without null, empty texts, empty lists and empty objects, which mean the same as absent; inside a list all texts stay. Numbers of
     * quantities become texts.
     */
    static Object withoutEmpty(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, Object> kept = new TreeMap<>();
                map.forEach((key, entry) -> {
                    Object plain = withoutEmpty(entry);
                    boolean quantity = key.equals("cpu") || key.equals("memory");
                    if (!isEmpty(plain)) {
                        kept.put((String) key, quantity ? plain.toString() : plain);
                    }
                });
                yield kept;
            }
            case List<?> list ->
                list.stream().map(Plain::withoutEmpty).filter(Objects::nonNull).toList();
            case null -> null;
            default -> value;
        };
    }

    /** Whether {@code all} has everything that {@code some} has: objects may have more keys, lists not more elements. */
    static boolean covers(Object all, Object some) {
        return switch (some) {
            case Map<?, ?> map ->
                all instanceof Map<?, ?> wider
                        && map.entrySet().stream()
                                .allMatch(entry -> wider.containsKey(entry.getKey())
                                        && covers(wider.get(entry.getKey()), entry.getValue()));
            case List<?> list ->
                all instanceof List<?> same
                        && same.size() == list.size()
                        && IntStream.range(0, list.size()).allMatch(i -> covers(same.get(i), list.get(i)));
            case null -> all == null;
            default -> some.equals(all);
        };
    }

    private static boolean isEmpty(Object value) {
        return switch (value) {
            case null -> true;
            case String text -> text.isEmpty();
            case Collection<?> list -> list.isEmpty();
            case Map<?, ?> map -> map.isEmpty();
            default -> false;
        };
    }
}
