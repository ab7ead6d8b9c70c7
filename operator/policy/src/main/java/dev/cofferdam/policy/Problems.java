package dev.cofferdam.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Gathers what is wrong with one policy. */
final class Problems {
    private final List<Problem> found = new ArrayList<>();

    void add(String path, String message) {
        found.add(new Problem(path, message));
    }

    void require(boolean holds, String path, String message) {
        if (!holds) {
            add(path, message);
        }
    }

    /** A key that nobody knows could be a restriction that nobody enforces. */
    void unknown(String path, Map<String, Object> keys, String known) {
        for (String key : new TreeSet<>(keys.keySet())) {
            add(
                    path,
                    "has the key " + Text.quoted(key)
                            + ", which this version does not know and so cannot enforce; known here: " + known
                            + "; remove it");
        }
    }

    List<Problem> all() {
        return List.copyOf(found);
    }
}
