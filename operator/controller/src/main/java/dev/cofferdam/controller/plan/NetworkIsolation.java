package dev.cofferdam.controller.plan;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicySpec;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether other NetworkPolicies undo ours. Policies only add up: each egress rule of each policy that selects a pod is allowed to it, so one that selects our
 * pods and has any is taken to open their network, whatever it opens. What cannot be understood is taken to do so too.
 */
public final class NetworkIsolation {
    private static final String EGRESS = "Egress";

    private NetworkIsolation() {}

    /**
     * The labels of pods.
     *
     * @param known with their values
     * @param varying keys that every pod has, with a value that is not known
     */
    public record PodLabels(Map<String, String> known, Set<String> varying) {
        /** Of the pods of one run. */
        public static PodLabels of(ToolRun run) {
            return new PodLabels(Ownership.labels(run), Set.of());
        }

        /** Of the pods of all runs of a policy. */
        public static PodLabels of(SandboxPolicy policy) {
            return new PodLabels(
                    Map.of(
                            Names.MANAGED_BY_LABEL,
                            Names.MANAGED_BY,
                            Names.PART_OF_LABEL,
                            Names.PART_OF,
                            Names.POLICY_LABEL,
                            policy.getMetadata().getName()),
                    Set.of(Names.RUN_LABEL));
        }

        private boolean has(String key) {
            return known.containsKey(key) || varying.contains(key);
        }

        private boolean mayBe(String key, Collection<String> values) {
            return varying.contains(key) || known.containsKey(key) && values.contains(known.get(key));
        }
    }

    /**
     * What opens the network of pods, and what to do about it; empty where nothing does.
     *
     * @param there all NetworkPolicies of the pods' namespace
     */
    public static Optional<String> opened(Collection<NetworkPolicy> there, PodLabels pods) {
        List<String> foreign = there.stream()
                .filter(policy ->
                        !Names.NETWORK_POLICY.equals(policy.getMetadata().getName()))
                .filter(policy -> opens(policy.getSpec(), pods))
                .map(policy -> policy.getMetadata().getName())
                .sorted()
                .toList();
        if (foreign.isEmpty()) {
            return Optional.empty();
        }
        String more = foreign.size() > 1 ? " (and " + (foreign.size() - 1) + " more)" : "";
        return Optional.of("the NetworkPolicy \"" + foreign.getFirst() + "\"" + more
                + " of this namespace opens egress of the sandbox pods; leave them out of its podSelector (matchExpressions: "
                + Names.MANAGED_BY_LABEL + " NotIn [" + Names.MANAGED_BY + "]), or remove it");
    }

    private static boolean opens(NetworkPolicySpec spec, PodLabels pods) {
        if (spec == null) {
            return true;
        }
        List<String> types = spec.getPolicyTypes();
        boolean egress = types == null || types.isEmpty() || types.contains(EGRESS);
        return egress
                && spec.getEgress() != null
                && !spec.getEgress().isEmpty()
                && maySelect(spec.getPodSelector(), pods);
    }

    /** An empty selector selects all pods. */
    private static boolean maySelect(LabelSelector selector, PodLabels pods) {
        return selector == null
                || selector.getMatchLabels().entrySet().stream()
                                .allMatch(label -> pods.mayBe(label.getKey(), List.of(label.getValue())))
                        && selector.getMatchExpressions().stream().allMatch(requirement -> mayMeet(requirement, pods));
    }

    private static boolean mayMeet(LabelSelectorRequirement requirement, PodLabels pods) {
        String key = requirement.getKey();
        return switch (requirement.getOperator()) {
            case "In" -> pods.mayBe(key, requirement.getValues());
            case "NotIn" -> pods.varying().contains(key) || !pods.mayBe(key, requirement.getValues());
            case "Exists" -> pods.has(key);
            case "DoesNotExist" -> !pods.has(key);
            case null, default -> true;
        };
    }
}
