package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.match.FilePath;
import dev.cofferdam.policy.match.PathPattern;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Rules of one list, by a name that each needs: only those are tried that need none, or one that the path has. */
final class StorageRules {
    static final StorageRules NONE = new StorageRules(Map.of());

    record Rule(PathPattern pattern, Set<StorageAccess> access) {}

    private final Map<PathPattern, Set<StorageAccess>> rules;
    private final Map<String, List<Rule>> byName = new HashMap<>();
    private final List<Rule> others = new ArrayList<>();

    StorageRules(Map<PathPattern, Set<StorageAccess>> given) {
        Map<PathPattern, Set<StorageAccess>> copy = new HashMap<>();
        given.forEach((pattern, access) -> copy.put(pattern, Collections.unmodifiableSet(EnumSet.copyOf(access))));
        rules = InOrder.of(copy);
        rules.forEach((pattern, access) -> pattern.needs()
                .map(name -> byName.computeIfAbsent(name, unused -> new ArrayList<>()))
                .orElse(others)
                .add(new Rule(pattern, access)));
    }

    /**
     * Under allow: what of these rules the patterns let through, too. Of two that overlap in part nothing is left: a capability is refused unless one rule covers it.
     */
    StorageRules within(Map<StorageAccess, List<PathPattern>> patterns) {
        Map<PathPattern, Set<StorageAccess>> left = new HashMap<>();
        rules.forEach((rule, access) -> access.forEach(one -> patterns.getOrDefault(one, List.of())
                .forEach(pattern -> both(rule, pattern)
                        .ifPresent(narrower -> left.computeIfAbsent(
                                        narrower, unused -> EnumSet.noneOf(StorageAccess.class))
                                .add(one)))));
        return new StorageRules(left);
    }

    private static Optional<PathPattern> both(PathPattern one, PathPattern other) {
        return one.covers(other) ? Optional.of(other) : other.covers(one) ? Optional.of(one) : Optional.empty();
    }

    /** In the order of the patterns' texts. */
    Map<PathPattern, Set<StorageAccess>> asMap() {
        return rules;
    }

    boolean isEmpty() {
        return rules.isEmpty();
    }

    /** The rules about that access that may match, each once, in an order that depends on the path and the rules alone. */
    List<PathPattern> candidates(FilePath path, StorageAccess access) {
        List<PathPattern> candidates = new ArrayList<>();
        add(others, access, candidates);
        path.names().stream().distinct().forEach(name -> add(byName.getOrDefault(name, List.of()), access, candidates));
        return candidates;
    }

    private static void add(List<Rule> rules, StorageAccess access, List<PathPattern> candidates) {
        for (Rule rule : rules) {
            if (rule.access().contains(access)) {
                candidates.add(rule.pattern());
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StorageRules same && rules.equals(same.rules);
    }

    @Override
    public int hashCode() {
        return rules.hashCode();
    }

    @Override
    public String toString() {
        return rules.toString();
    }
}
