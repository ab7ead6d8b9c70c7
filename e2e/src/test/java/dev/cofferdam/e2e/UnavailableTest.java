package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
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
                .isLessThan(Duration.ofMinutes(2));
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
