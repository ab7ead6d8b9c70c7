package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
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
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void saysWhatIsBroaderThanItHasToBe() {
        Condition shell = leastPrivilege("tools: [{name: shell, image: i, command: [/bin/sh, -c]}]");
        Condition program = leastPrivilege("tools: [{name: python, image: i, command: [python3]}]");
        Condition refused = leastPrivilege("tools: [{name: python, image: i}]");

        assertThat(shell.getStatus()).isEqualTo("False");
        assertThat(shell.getMessage()).contains("\"shell\" is a shell").contains("argsSchema");
        assertThat(program.getStatus()).isEqualTo("True");
        assertThat(refused.getStatus()).isEqualTo("Unknown");
    }

    @Test
    void saysWhoStoppedItsTools() {
        Condition active = active("tools: []", Optional.empty());
        Condition suspended = active("state: Suspended", Optional.empty());
        Condition unknown = active("state: Paused", Optional.empty());
        Condition byNamespace = active("state: Suspended", Optional.of(new Halt("agents", "Quarantined")));

        assertThat(active.getStatus() + active.getReason()).isEqualTo("TrueActive");
        assertThat(suspended.getStatus() + suspended.getReason()).isEqualTo("FalsePolicySuspended");
        assertThat(unknown.getStatus()).isEqualTo("False");
        assertThat(byNamespace.getStatus() + byNamespace.getReason()).isEqualTo("FalseNamespaceSuspended");
        assertThat(byNamespace.getMessage()).contains("\"agents\"", "cofferdam.dev/state=Quarantined", "ask them");
    }

    private static Condition active(String spec, Optional<Halt> halt) {
        return condition(spec, halt, PolicyStatus.ACTIVE);
    }

    private static Condition leastPrivilege(String spec) {
        return condition(spec, Optional.empty(), PolicyStatus.LEAST_PRIVILEGE);
    }

    private static Condition condition(String spec, Optional<Halt> halt, String type) {
        SandboxPolicy policy = Serialization.unmarshal(
                "apiVersion: cofferdam.dev/v1alpha1\nkind: SandboxPolicy\nmetadata: {name: p, generation: 1}\nspec: {"
                        + spec + "}",
                SandboxPolicy.class);
        SandboxPolicyStatus status = PolicyStatus.reduce(
                policy,
                PolicyCompiler.compile(policy, Served.NOW),
                Optional.empty(),
                Optional.empty(),
                halt,
                null,
                List.of(),
                PolicyStatus.Alerted.NONE,
                NOW);
        return status.conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }
}
