package dev.cofferdam.policy;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Rules in the order of their texts, each of which is made once: an address takes its time to be written. */
final class InOrder {
    private InOrder() {}

    /** @param given no two keys have one text */
    static <K, V> Map<K, V> of(Map<K, V> given) {
        Map<String, K> keys = new TreeMap<>();
        given.keySet().forEach(key -> keys.put(key.toString(), key));
        Map<K, V> sorted = new LinkedHashMap<>();
        keys.values().forEach(key -> sorted.put(key, given.get(key)));
        return Collections.unmodifiableMap(sorted);
    }
}
