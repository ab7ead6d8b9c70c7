package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;

/** What the tools of one policy may do. Empty grants nothing. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SandboxPolicySpec(
        @JsonPropertyDescription(
                "Version of the form in which the policy is written, as in a Wassette policy file: 1 or 1.x. Absent: 1.0. It changes nothing.")
        @Size(max = Bounds.FORM_VERSION)
        @Pattern(Bounds.FORM_VERSION_FORM)
        String version,

        @JsonPropertyDescription("What the policy is for, for people. At most 4096 characters.")
        @Size(max = Bounds.DESCRIPTION)
        String description,

        @JsonPropertyDescription(
                "How far the authors of the tools are trusted. SemiTrusted (the default): every tool runs in gVisor, in a pod of its own, "
                        + "inside the box. Untrusted: the same, and nothing runs until somebody with the verb review has confirmed the policy as it "
                        + "is now, by the annotation cofferdam.dev/review with the digest of status.policyVersion (sha256:...).")
        @Default("SemiTrusted")
        Trust trust,

        @JsonPropertyDescription(
                "How the tools are kept apart from the node. Default: the RuntimeClass gvisor, required.")
        @Default("{}")
        Isolation isolation,

        @JsonPropertyDescription(
                "The tools that may run at all, each under a name of its own. At most 64. Empty or absent: none, and every run is denied.")
        @Size(max = Bounds.TOOLS)
        List<Tool> tools,

        @JsonPropertyDescription(
                "What the tools are granted, in the shape of the permissions of a Wassette policy file. Empty or absent: no file of a source, "
                        + "no network, no other program, no variable, no secret, and the default limits. A key that is not known here is stored, and makes the policy not ready.")
        Permissions permissions,

        @JsonPropertyDescription(
                "Where the files of a run's workspace may come from. Empty or absent: a run cannot bring any.")
        PolicyWorkspace workspace,

        @JsonPropertyDescription(
                "The stages in which the policy holds, and which tools do not run there. The stage is the label cofferdam.dev/stage of the "
                        + "namespace. At most 16. Where there are any, nothing runs in a namespace whose stage is not among them, or that has none. "
                        + "Empty or absent: the policy holds in every stage, for every tool.")
        @Size(max = Bounds.STAGES)
        List<Stage> stages,

        @JsonPropertyDescription(
                "Deny (the default, and the only value of this version): a run has what it was granted when it was decided, and is given no more "
                        + "while it runs, whatever it asks and however its policy grows.")
        @Default("Deny")
        DynamicGrants dynamicGrants,

        @JsonPropertyDescription(
                "How often and when runs of idempotent tools are tried again whose pod was lost, whose time or memory was over, or whose network was "
                        + "not closed; each attempt has a pod and an entry in status.attempts of its own. Nothing is tried again after what a policy "
                        + "refused, or a sandbox that cannot be trusted. A policy that has it and no idempotent tool is not ready. Empty or absent: "
                        + "the defaults.")
        Retry retry,

        @JsonPropertyDescription(
                "How many runs of this policy there may be at one time; others wait. Empty or absent: as many as come.")
        Concurrency concurrency,

        @JsonPropertyDescription(
                "When a tool is given a rest whose runs fail for want of the infrastructure. Each tool of the policy has a circuit of its own "
                        + "(status.tools). Empty or absent: never.")
        CircuitBreaker circuitBreaker,

        @JsonPropertyDescription(
                "When somebody is told of what the runs do, and what else is done then, by a name of the alert's own: lower-case letters, digits, hyphens and "
                        + "underscores, beginning with a letter, at most 63 characters. At most 16. The form is that of a Wassette policy file. How they stand is "
                        + "in status.alerts. Empty or absent: none.")
        @Size(max = Bounds.ALERTS)
        Map<String, Alert> alerts,

        @JsonPropertyDescription(
                "How many runs of this policy may be created in a time; others are denied. Empty or absent: as many as come.")
        CreationRate rate,

        @JsonPropertyDescription(
                "What is planned for the day on which it is Quarantined. Empty or absent: what was frozen is kept until its pod's own deadline, which follows from the timeout.")
        Quarantine quarantine,

        @JsonPropertyDescription(
                "Active (the default): runs are decided by this policy. Suspended: running calls are stopped within seconds and new ones are "
                        + "denied, until it is Active again. Quarantined: the same, but running calls are not killed: they are frozen with all that they started, cut off, and "
                        + "ended as Cancelled, Quarantined, and their pods are kept for a while.")
        @Default("Active")
        PolicyState state) {
    public SandboxPolicySpec {
        tools = Stored.list(tools);
        stages = Stored.list(stages);
        alerts = Stored.map(alerts);
    }
}
