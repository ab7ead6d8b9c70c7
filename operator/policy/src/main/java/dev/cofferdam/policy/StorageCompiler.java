package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.StoragePermissions;
import dev.cofferdam.api.v1alpha1.StorageRule;
import dev.cofferdam.policy.match.PathPattern;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which files the tools may read and write, from what a policy says of it. */
final class StorageCompiler {
    private static final int RULES_MOST = 1024;
    private static final Set<StorageAccess> BOTH = EnumSet.of(StorageAccess.Read, StorageAccess.Write);

    private final Problems problems;

    StorageCompiler(Problems problems) {
        this.problems = problems;
    }

    StorageGrant compile(StoragePermissions written) {
        problems.unknown(StorageGrant.PATH, written.unknown(), "allow, deny");
        Map<PathPattern, Set<StorageAccess>> allow = rules(StorageGrant.PATH + ".allow", written.allow(), true);
        Map<PathPattern, Set<StorageAccess>> deny = rules(StorageGrant.PATH + ".deny", written.deny(), false);
        // As with hosts: a rule that denies everything only says again what holds anyway.
        if (deny.entrySet()
                .removeIf(rule -> rule.getKey().isCatchAll() && rule.getValue().equals(BOTH))) {
            problems.require(
                    allow.keySet().stream().noneMatch(PathPattern::isCatchAll),
                    StorageGrant.PATH,
                    "allows everything and denies everything; which one is meant would be a guess; remove one");
        }
        return new StorageGrant(new StorageRules(allow), new StorageRules(deny));
    }

    private Map<PathPattern, Set<StorageAccess>> rules(String path, List<StorageRule> written, boolean allow) {
        problems.require(
                written.size() <= RULES_MOST, path, "has " + written.size() + " rules; write at most " + RULES_MOST);
        Map<PathPattern, Set<StorageAccess>> rules = new HashMap<>();
        for (int at = 0; at < written.size() && at < RULES_MOST; at++) {
            StorageRule rule = written.get(at);
            String where = path + "[" + at + "]";
            problems.unknown(where, rule.unknown(), "uri, access");
            Optional<PathPattern> pattern = problems.take(where + ".uri", PathPattern.parseUri(rule.uri()));
            Set<StorageAccess> access = access(where + ".access", rule.access(), allow);
            if (pattern.isPresent() && !access.isEmpty()) {
                rules.computeIfAbsent(pattern.get(), unused -> EnumSet.noneOf(StorageAccess.class))
                        .addAll(access);
            }
        }
        return rules;
    }

    private Set<StorageAccess> access(String where, List<StorageAccess> written, boolean allow) {
        if (written.contains(StorageAccess.Unrecognized)) {
            problems.add(where, "has an access that is not known here; write read, write or both");
            return Set.of();
        }
        if (written.isEmpty()) {
            problems.require(!allow, where, "is missing; write [read], [write] or [read, write]");
            return allow ? Set.of() : BOTH;
        }
        return EnumSet.copyOf(written);
    }
}
