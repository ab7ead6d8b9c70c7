package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.SimulatedNode;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A node that goes for good, and takes its pods with it. It is simulated, for there is one real one; that its pods are collected is the control plane's own doing. */
@ClusterTest
class LostNodeTest {
    private static final String POLICY = """
            isolation: {runtimeClassName: %s}
            tools:
            - {name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}
            - {name: again, image: cofferdam.local/shell:1, command: [sh, -c], idempotent: true}
            permissions: {resources: {limits: {cpu: 100m, memory: 64Mi, timeout: 10m}}}
            """;

    @Test
    void whatWasThereRunsAgainOnlyWhereItMay(Tenant tenant) {
        try (SimulatedNode node = SimulatedNode.of(tenant)) {
            // Given two tools that run on a node, and a third of which its kubelet has said nothing yet
            tenant.policy(Tenant.POLICY, POLICY.formatted(node.runtimeClass()));
            ToolRun once = tenant.create(shell("echo ran"));
            ToolRun again = tenant.create(tool("again", "echo ran"));
            ToolRun silent = tenant.create(shell("echo ran"));
            SimulatedNode.started(node.pod(once));
            SimulatedNode.started(node.pod(again));
            node.pod(silent);
            for (ToolRun run : List.of(once, again)) {
                tenant.until(
                        run, now -> now.getStatus() != null && now.getStatus().phase() == Phase.Running);
            }

            // When it goes, and there is another one later
            node.remove();
            ToolRun retried =
                    tenant.until(again, now -> now.getStatus().attempts().size() == 2);
            assertThat(retried.getStatus().attempts().getFirst().reason()).isEqualTo("Evicted");
            node.openElsewhere();

            // Then the one that may run twice has, there
            ToolRun ended = tenant.finished(again);
            assertThat(ended.getStatus().phase())
                    .as(Serialization.asYaml(ended.getStatus()))
                    .isEqualTo(Phase.Succeeded);
            assertThat(ended.getStatus().result().stdout()).isEqualTo("ran\n");
            assertThat(ended.getStatus().attempts())
                    .extracting(Attempt::reason)
                    .containsExactly("Evicted", "ExitedZero");

            // And of the others nobody pretends to know more than there is to be known
            ToolRun lost = tenant.finished(once);
            assertThat(condition(lost, "Finished").getReason()).isEqualTo("Evicted");
            assertThat(lost.getStatus().error().message()).contains("Kubernetes took", "may have run");
            // Its start may be given up before its pod is collected.
            ToolRun unheard = tenant.finished(silent);
            assertThat(condition(unheard, "Finished").getReason()).isIn("Evicted", "StartTimedOut");
            assertThat(unheard.getStatus().error().message()).contains("whether the tool had started is not known");
            assertThat(List.of(lost, unheard)).allSatisfy(run -> {
                assertThat(run.getStatus().phase()).isEqualTo(Phase.Unknown);
                assertThat(run.getStatus().error().retryable()).isFalse();
                assertThat(run.getStatus().attempts()).hasSize(1);
            });
        }
    }
}
