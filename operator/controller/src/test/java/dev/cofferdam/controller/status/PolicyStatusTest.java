package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.Circuit;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.PolicyCompiler;
import dev.cofferdam.policy.Served;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PolicyStatusTest {
    private static final String SHELL = "tools: [{name: sh, image: i, command: [sh]}]";
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void saysWhatIsBroaderThanItHasToBe() {
        Condition shell = leastPrivilege("tools: [{name: shell, image: i, command: [/bin/sh, -c]}]");
        Condition program = leastPrivilege("tools: [{name: count, image: i, command: [wc]}]");
        Condition refused = leastPrivilege("tools: [{name: python, image: i}]");

        assertThat(shell.getStatus()).isEqualTo("False");
        assertThat(shell.getMessage()).contains("\"shell\" is a shell").contains("argsSchema");
        assertThat(program.getStatus()).isEqualTo("True");
        assertThat(refused.getStatus()).isEqualTo("Unknown");
    }

    @Test
    void saysWhoStoppedItsTools() {
        Condition active = active(SHELL, Optional.empty());
        Condition suspended = active("state: Suspended", Optional.empty());
        Condition unknown = active("state: Paused", Optional.empty());
        Condition byNamespace = active("state: Suspended", Optional.of(new Halt("agents", "Quarantined")));

        assertThat(active.getStatus() + active.getReason()).isEqualTo("TrueActive");
        assertThat(suspended.getStatus() + suspended.getReason()).isEqualTo("FalsePolicySuspended");
        assertThat(unknown.getStatus()).isEqualTo("False");
        assertThat(byNamespace.getStatus() + byNamespace.getReason()).isEqualTo("FalseNamespaceSuspended");
        assertThat(byNamespace.getMessage()).contains("\"agents\"", "cofferdam.dev/state=Quarantined", "ask them");
    }

    /** A policy that does not compile has no runtime class: none is missing. */
    @Test
    void saysNothingOfTheSandboxOfWhatCannotBeEnforced() {
        Condition refused =
                condition("tools: [{name: python, image: i}]", Optional.empty(), PolicyStatus.SANDBOX_AVAILABLE);

        assertThat(refused.getStatus() + refused.getReason()).isEqualTo("UnknownNotEnforceable");
        assertThat(refused.getMessage()).contains("see Ready");
    }

    @Test
    void saysWhichToolAnAlertStopped() {
        Condition active = status(
                        "tools: [{name: py, image: i, command: [python3]}, {name: sh, image: i, command: [sh]}]",
                        Optional.empty(),
                        Optional.empty(),
                        List.of(
                                new ToolCircuit(
                                        "py",
                                        Circuit.Closed,
                                        null,
                                        List.of(),
                                        null,
                                        null,
                                        new AlertStop("noisy", "f1", "2026-01-01T00:00:00Z")),
                                new ToolCircuit("sh", Circuit.Open, "later", List.of(), null, null, null)))
                .conditions()
                .stream()
                .filter(condition -> condition.getType().equals(PolicyStatus.ACTIVE))
                .findFirst()
                .orElseThrow();

        assertThat(active.getStatus() + active.getReason()).isEqualTo("FalseToolDisabled");
        assertThat(active.getMessage())
                .contains(
                        "the alert \"noisy\" of the policy \"p\" stopped the tool \"py\"",
                        "kubectl annotate --overwrite -n agents sandboxpolicy p cofferdam.dev/resume=f1",
                        "All other tools of it may run")
                .doesNotContain("\"sh\"");
    }

    /** A policy that is Ready, and under which no run would be let through, must say so where people look. */
    @Test
    void saysWhatKeepsAllItsToolsFromRunning() {
        String staged = "stages: [{name: ci, deny: [Experimental]}], " + SHELL;
        String trial = staged.replace("command: [sh]", "command: [sh], lifecycle: Experimental");
        String both = trial.replace(
                "lifecycle: Experimental}", "lifecycle: Experimental}, {name: wc, image: i, command: [wc]}");

        assertThat(told(active(staged, Optional.empty(), Optional.empty())))
                .startsWith("False StageUnknown")
                .contains("has no label cofferdam.dev/stage", "\"ci\"");
        assertThat(told(active(staged, Optional.empty(), Optional.of("draft"))))
                .startsWith("False StageUnknown")
                .contains("cofferdam.dev/stage=draft");
        assertThat(told(active(staged, Optional.empty(), Optional.of("ci")))).startsWith("True Active");
        assertThat(told(active(trial, Optional.empty(), Optional.of("ci"))))
                .startsWith("False LifecycleDenied")
                .contains("\"sh\" is Experimental");
        assertThat(told(active(both, Optional.empty(), Optional.of("ci"))))
                .as("one of two runs")
                .startsWith("True Active");
        assertThat(told(active("trust: Untrusted, " + SHELL, Optional.empty(), Optional.empty())))
                .startsWith("False ReviewRequired")
                .contains("kubectl annotate", "cofferdam.dev/review");
        assertThat(told(active("trust: Untrusted, state: Suspended, " + SHELL, Optional.empty(), Optional.empty())))
                .as("who stopped it comes first")
                .startsWith("False PolicySuspended");
        assertThat(told(active("tools: [{name: sh, image: i}]", Optional.empty(), Optional.empty())))
                .startsWith("Unknown NotEnforceable")
                .contains("see Ready");
    }

    private static String told(Condition condition) {
        return condition.getStatus() + " " + condition.getReason() + " " + condition.getMessage();
    }

    private static Condition active(String spec, Optional<Halt> halt) {
        return active(spec, halt, Optional.empty());
    }

    private static Condition active(String spec, Optional<Halt> halt, Optional<String> stage) {
        return condition(status(spec, halt, stage, List.of()), PolicyStatus.ACTIVE);
    }

    private static Condition leastPrivilege(String spec) {
        return condition(spec, Optional.empty(), PolicyStatus.LEAST_PRIVILEGE);
    }

    private static Condition condition(String spec, Optional<Halt> halt, String type) {
        return condition(status(spec, halt, Optional.empty(), List.of()), type);
    }

    private static Condition condition(SandboxPolicyStatus status, String type) {
        return status.conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private static SandboxPolicyStatus status(
            String spec, Optional<Halt> halt, Optional<String> stage, List<ToolCircuit> tools) {
        SandboxPolicy policy = Serialization.unmarshal(
                "apiVersion: cofferdam.dev/v1alpha1\nkind: SandboxPolicy\nmetadata: {name: p, namespace: agents, generation: 1}\nspec: {"
                        + spec + "}",
                SandboxPolicy.class);
        return PolicyStatus.reduce(
                policy,
                PolicyCompiler.compile(policy, Served.NOW),
                Optional.empty(),
                Optional.empty(),
                halt,
                stage,
                null,
                tools,
                PolicyStatus.Alerted.NONE,
                NOW);
    }
}
