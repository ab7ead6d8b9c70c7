package dev.cofferdam.policy;

import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Gathers what is wrong with one policy. */
final class Problems {
    private final List<Problem> found = new ArrayList<>();

    void add(String path, String message) {
        found.add(new Problem(path, message));
    }

    void addAll(Problems others) {
        found.addAll(others.found);
    }

    void require(boolean holds, String path, String message) {
        if (!holds) {
            add(path, message);
        }
    }

    void atMost(int most, int written, String what, String path) {
        require(written <= most, path, "has more than " + most + " " + what + "; remove some");
    }

    /** The value, where there is one; otherwise why there is none. */
    <T> Optional<T> take(String path, Parsed<T> parsed) {
        if (parsed instanceof Parsed.Bad<T> bad) {
            add(path, bad.why());
        }
        return parsed.found();
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

    void addAll(List<Excess> excess) {
        excess.forEach(one -> add(one.path(), one.message()));
    }

    List<Problem> all() {
        return List.copyOf(found);
    }
}
