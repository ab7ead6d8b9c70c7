package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.policy.match.PathPattern;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether the changes of a run may be written now, and which: never more than its claim granted, and never more than its policy grants at this moment. */
public sealed interface CommitGrant {
    /**
     * What may be written.
     *
     * @param allow rules of the claim that the policy still covers; of two that overlap in part nothing is left
     * @param deny what the claim or the policy denies
     */
    record Granted(List<GrantedFiles> allow, List<GrantedFiles> deny) implements CommitGrant {
        public Granted {
            allow = List.copyOf(allow);
            deny = List.copyOf(deny);
        }

        /**
         * Whether it gives at least what was given once.
         *
         * @param allowed what such a grant allowed
         * @param denied what it denied
         */
        public boolean covers(List<GrantedFiles> allowed, List<GrantedFiles> denied) {
            return denied.containsAll(deny)
                    && new StorageGrant(StorageGrant.rules(allow), StorageRules.NONE).stillGrants(allowed, List.of());
        }
    }

    /** Not now: the policy, as it is, would not let the run run. It may again. */
    record Refused(DecisionReason reason) implements CommitGrant {}

    /**
     * Rules on the commit of a run that has ended.
     *
     * @param current what decides now
     * @param halt what stops all runs of the namespace
     * @param claimed {@code status.effective}, as the claim wrote it
     */
    static CommitGrant of(Setting current, Optional<Halt> halt, Effective claimed, ToolRunSpec spec) {
        return switch (Halt.over(halt, Decider.again(current, spec))) {
            case Ruling.Refused refused -> new Refused(refused.reasons().getFirst());
            case Ruling.Granted granted ->
                new Granted(
                        StorageGrant.shown(StorageGrant.rules(claimed.storage())
                                .within(patterns(granted.grants().storage().allow()))),
                        Stream.concat(
                                        claimed.storageDenied().stream(),
                                        StorageGrant.shown(
                                                granted.grants().storage().deny())
                                                .stream())
                                .distinct()
                                .toList());
        };
    }

    private static Map<StorageAccess, List<PathPattern>> patterns(StorageRules rules) {
        Map<StorageAccess, List<PathPattern>> patterns = new EnumMap<>(StorageAccess.class);
        for (StorageAccess access : List.of(StorageAccess.Read, StorageAccess.Write)) {
            patterns.put(
                    access,
                    rules.asMap().entrySet().stream()
                            .filter(rule -> rule.getValue().contains(access))
                            .map(Map.Entry::getKey)
                            .toList());
        }
        return patterns;
    }
}
