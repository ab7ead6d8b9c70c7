package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** What became of a policy. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SandboxPolicyStatus(
        Long observedGeneration,
        String policyVersion,
        List<Condition> conditions) {
    public SandboxPolicyStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }
}
