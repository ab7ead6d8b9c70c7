package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.policy.PolicyCompiler;
import dev.cofferdam.policy.Served;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
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

    private static Condition leastPrivilege(String spec) {
        SandboxPolicy policy = Serialization.unmarshal(
                "apiVersion: cofferdam.dev/v1alpha1\nkind: SandboxPolicy\nmetadata: {name: p, generation: 1}\nspec: {"
                        + spec + "}",
                SandboxPolicy.class);
        SandboxPolicyStatus status = PolicyStatus.reduce(
                policy, PolicyCompiler.compile(policy, Served.NOW), Optional.empty(), Optional.empty(), NOW);
        return status.conditions().stream()
                .filter(condition -> condition.getType().equals(PolicyStatus.LEAST_PRIVILEGE))
                .findFirst()
                .orElseThrow();
    }
}
