package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.SimulatedNode;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where there is no gVisor there is no run; where there is no image, the run says so. */
@ClusterTest
class UnavailableTest {
    @Test
    void aMissingRuntimeClassEndsTheRun(Tenant tenant) {
        tenant.policy(Tenant.POLICY, Tenant.TOOLS + "isolation: {runtimeClassName: no-such-class}\n");

        nothingRuns(tenant, tenant.create(shell("true")), "no-such-class");
    }

    @ParameterizedTest
    @CsvSource({"runc, a handler that is not gVisor's", "gvisor, a handler that no node has"})
    void aRuntimeClassWithoutGVisorEndsTheRun(String handler, String what, Tenant tenant) {
        String name = "e2e-" + handler + "-" + tenant.namespace();
        var runtimeClass = tenant.client()
                .resource(new RuntimeClassBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withHandler(handler)
                        .build());
        runtimeClass.create();
        try {
            tenant.policy(Tenant.POLICY, Tenant.TOOLS + "isolation: {runtimeClassName: " + name + "}\n");

            nothingRuns(tenant, tenant.create(shell("true")), handler);
        } finally {
            runtimeClass.delete();
        }
    }

    /** A slip of a cluster's admin: the RuntimeClass wants a label that no node has. Meanwhile the policy is lowered, so what begins at last has less time than it was granted. */
    @Test
    void whatFindsNoNodeSaysWhyAndGoesOnWhenThereIsOne(Tenant tenant) {
        String name = "gvisor-" + tenant.namespace();
        String label = "e2e.cofferdam.dev/" + tenant.namespace();
        RuntimeClass gvisor =
                tenant.client().resources(RuntimeClass.class).withName("gvisor").get();
        var picky = tenant.client()
                .resource(new RuntimeClassBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withHandler(gvisor.getHandler())
                        .withOverhead(gvisor.getOverhead())
                        .withNewScheduling()
                        .addToNodeSelector(label, "yes")
                        .endScheduling()
                        .build());
        picky.create();
        try {
            // Given
            String tools = Tenant.TOOLS + "isolation: {runtimeClassName: " + name + "}\n";
            tenant.policy(Tenant.POLICY, tools);

            // When
            ToolRun waiting = tenant.until(
                    tenant.create(shell("sleep 300").withTimeout("50s")),
                    run -> run.getStatus() != null
                            && run.getStatus().conditions().stream()
                                    .anyMatch(condition -> "Unschedulable".equals(condition.getReason())));

            // Then whoever looks reads the scheduler's word
            assertThat(waiting.getStatus().phase()).isEqualTo(Phase.Starting);
            assertThat(condition(waiting, "SandboxReady").getStatus()).isEqualTo("False");
            assertThat(condition(waiting, "SandboxReady").getMessage())
                    .contains("no node has been found for its pod yet", "node affinity/selector");
            assertThat(tenant.kubectl("get", "trun").text()).contains("Starting   Unschedulable");
            await().atMost(Tenant.PATIENCE)
                    .until(() -> tenant.kubectl("get", "events", "--field-selector=reason=Unschedulable")
                            .text()
                            .contains("node affinity/selector"));

            // And when a node has the label, it begins, with the time that the policy gives by then
            tenant.policy(Tenant.POLICY, tools.replace("timeout: 300s", "timeout: 2s"));
            assertThat(tenant.kubectl("label", "nodes", SimulatedNode.NONE, label + "=yes")
                            .exitCode())
                    .isZero();
            ToolRun ended = tenant.finished(waiting);
            assertThat(ended.getStatus().phase()).isEqualTo(Phase.TimedOut);
            assertThat(ended.getStatus().attempts()).hasSize(1);
            assertThat(condition(ended, "Finished").getMessage())
                    .contains(
                            "when its time was over: that had been lowered", "from the 50s (spec.timeout of the run)");
        } finally {
            tenant.kubectl("label", "nodes", SimulatedNode.NONE, label + "-");
            picky.delete();
        }
    }

    private static void nothingRuns(Tenant tenant, ToolRun created, String told) {
        ToolRun run = tenant.finished(created);

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("SandboxUnavailable");
        assertThat(condition(run, "Finished").getMessage()).contains(told);
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.SandboxViolationError);
        assertThat(run.getStatus().exitCode()).isEqualTo(5);
        assertThat(tenant.pods()).as("not even unboxed").isEmpty();
        assertThat(Duration.between(
                        Instant.parse(run.getMetadata().getCreationTimestamp()),
                        Instant.parse(condition(run, "Finished").getLastTransitionTime())))
                .as("nobody waits for a node, which takes five minutes")
                .isLessThan(Duration.ofMinutes(5));
    }

    @Test
    void aMissingImageIsARegistryError(Tenant tenant) {
        tenant.policy(Tenant.POLICY, "tools: [{name: gone, image: 'cofferdam.local/no-such-image:1', command: [sh]}]");

        ToolRun run = tenant.run(tool("gone"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("ImagePullFailed");
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.RegistryError);
        assertThat(run.getStatus().exitCode()).isEqualTo(3);
        assertThat(run.getStatus().execution()).isNull();
    }
}
