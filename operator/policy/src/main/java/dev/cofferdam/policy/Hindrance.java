package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Tool;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Why a policy that can be enforced lets nothing run where it is, though nobody stopped it: no review, or the stage of its namespace. */
public final class Hindrance {
    private Hindrance() {}

    /**
     * What each of its tools would be refused for.
     *
     * @param stage of the policy's namespace; empty where it has none
     * @return each once, in the order of the tools' names, as a run would be told; empty where one of its tools may run
     */
    public static List<DecisionReason> of(CompiledPolicy policy, Optional<String> stage) {
        Set<DecisionReason> all = new LinkedHashSet<>();
        for (Tool tool : policy.tools().values()) {
            Reasons reasons = new Reasons();
            Decider.standing(policy, Optional.of(tool), stage, reasons);
            if (reasons.none()) {
                return List.of();
            }
            all.addAll(reasons.bounded());
        }
        return List.copyOf(all);
    }
}
