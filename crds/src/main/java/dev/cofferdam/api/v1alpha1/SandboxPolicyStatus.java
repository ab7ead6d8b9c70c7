package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** What became of a policy. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SandboxPolicyStatus(
        @JsonPropertyDescription(
                "metadata.generation of the spec that this status speaks of. Smaller than metadata.generation: the newest spec has not been "
                        + "looked at yet.")
        @Min(0)
        Long observedGeneration,

        @JsonPropertyDescription(
                "Generation and digest of the canonical spec, like 7@sha256:4f1c.... Every decision and every audit event carries it.")
        @Size(max = Bounds.POLICY_VERSION)
        String policyVersion,

        @JsonPropertyDescription(
                "Ready: True when runs can be decided by this policy; False with the reason and what to change. Active: True when tools of it may run here; "
                        + "False with what holds them back: who stopped them (spec.state, an alert, or the label cofferdam.dev/state of its namespace or of "
                        + "cofferdam-system; ToolDisabled: an alert stopped some of them), or that none of them may run without a review, or in the stage of "
                        + "its namespace. Reviewed: False with the command to confirm it as it is now; absent where no tool of it needs that. SandboxAvailable "
                        + "and NetworkIsolated: whether its runs can have their sandbox and their closed network. LeastPrivilege: False with what is broader "
                        + "than it has to be; it is enforced as written all the same. Alerting: True while an alert of it holds; absent where it has none. "
                        + "Active, SandboxAvailable and LeastPrivilege are Unknown where it is not Ready and so nothing is known of them.")
        @Size(max = Bounds.CONDITIONS)
        List<Condition> conditions,

        @JsonPropertyDescription(
                "The runs that have not ended, where spec.concurrency bounds them. Written every 10 s at most.")
        ActiveRuns runs,

        @JsonPropertyDescription(
                "The tools of which there is something to tell: their circuits, where the policy has a circuitBreaker, and which alert has stopped them. Written "
                        + "at once when a circuit opens, half opens or closes and when a tool is stopped or may run again, else every 10 s at most.")
        @Size(max = Bounds.TOOLS)
        List<ToolCircuit> tools,

        @JsonPropertyDescription(
                "How the alerts of the policy stand, and those that it had and of whose firings nobody was told yet. Written at once when one fires, else every 10 s "
                        + "at most.")
        @Size(max = Bounds.ALERTS_TOLD)
        List<AlertStatus> alerts,

        @JsonPropertyDescription(
                "Which alert has quarantined the policy: its running calls are frozen and kept, as with spec.state: Quarantined, and new ones denied. No edit ends "
                        + "that. Absent where none has.")
        AlertStop quarantined) {
    public SandboxPolicyStatus {
        conditions = Stored.list(conditions);
        tools = Stored.list(tools);
        alerts = Stored.list(alerts);
    }
}
