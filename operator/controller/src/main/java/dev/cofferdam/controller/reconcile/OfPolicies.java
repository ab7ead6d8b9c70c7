package dev.cofferdam.controller.reconcile;

import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * What is remembered of policies, by their UIDs; so many at most. Where there are more, the namespace with the most of them loses the one that it asked for the longest
 * ago: whoever makes policies makes no other namespace's forgotten. Not thread-safe.
 */
final class OfPolicies<V> {
    private static final float LOAD = 0.75f;
    private static final int FEW = 16;

    private final int most;
    private final Map<String, Map<String, V>> namespaces = new LinkedHashMap<>();
    private int size;

    OfPolicies(int most) {
        this.most = most;
    }

    V get(String namespace, String uid, Function<String, V> anew) {
        // By the last access, not by the first.
        Map<String, V> own = namespaces.computeIfAbsent(namespace, name -> new LinkedHashMap<>(FEW, LOAD, true));
        V known = own.get(uid);
        if (known != null) {
            return known;
        }
        V made = anew.apply(uid);
        own.put(uid, made);
        size++;
        if (size > most) {
            forgetOne();
        }
        return made;
    }

    private void forgetOne() {
        Map.Entry<String, Map<String, V>> largest = namespaces.entrySet().stream()
                .max(Comparator.comparingInt(namespace -> namespace.getValue().size()))
                .orElseThrow();
        Iterator<V> eldest = largest.getValue().values().iterator();
        eldest.next();
        eldest.remove();
        size--;
        if (largest.getValue().isEmpty()) {
            namespaces.remove(largest.getKey());
        }
    }
}
