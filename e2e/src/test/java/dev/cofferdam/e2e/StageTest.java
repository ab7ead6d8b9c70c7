package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.Verdict;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** The label {@code cofferdam.dev/stage} of a namespace says which tools of a policy with stages run there. */
@ClusterTest
class StageTest {
    private static final String STAGED = Tenant.TOOLS
                    .replace("timeout: 300s", "timeout: 600s")
                    .replace("{name: python,", "{name: python, lifecycle: Deprecated,")
                    .replace("{name: sh,", "{name: sh, lifecycle: Experimental,")
            + "stages: [{name: ci, deny: [Experimental]}, {name: dev}]\n";

    @Test
    void onlyWhatTheStageAllowsRuns(Tenant tenant) {
        tenant.policy(Tenant.POLICY, STAGED);

        // Without a label, and in a stage that the policy does not have, nothing runs, and the policy's line says so
        assertThat(tenant.kubectl("wait", "sbp/tools", "--for=condition=Active=False", Kubectl.PATIENCE)
                        .exitCode())
                .isZero();
        assertThat(tenant.kubectl("get", "sbp").text()).contains("ACTIVE", "Compiled   StageUnknown");
        assertThat(condition(tenant.run(shell("true")), "Finished").getReason()).isEqualTo("StageUnknown");
        label(tenant, "=prod");
        ToolRun elsewhere = tenant.run(shell("true"));
        assertThat(elsewhere.getStatus().error().exitCode()).isEqualTo(5);
        assertThat(condition(elsewhere, "Finished").getMessage())
                .contains("cofferdam.dev/stage=prod", "\"ci\", \"dev\"");

        // In one that it has, what that one does not deny
        label(tenant, "=ci");
        assertThat(tenant.kubectl("wait", "sbp/tools", "--for=condition=Active", Kubectl.PATIENCE)
                        .exitCode())
                .as("python runs here")
                .isZero();
        ToolRun refused = tenant.run(shell("true"));
        assertThat(condition(refused, "Finished").getReason()).isEqualTo("LifecycleDenied");
        ToolRun deprecated = tenant.run(tool("python", "print(1)"));
        assertThat(deprecated.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(condition(deprecated, "Admitted").getMessage()).contains("\"python\" is Deprecated");
        label(tenant, "=dev");
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void anotherStageStopsWhatItDenies(Tenant tenant) {
        // Given
        label(tenant, "=dev");
        tenant.policy(Tenant.POLICY, STAGED);
        ToolRun running = tenant.begun(shell("echo begun; sleep 590"));

        // When
        label(tenant, "=ci");

        // Then
        ToolRun stopped = tenant.finished(running);
        assertThat(stopped.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(condition(stopped, "Finished").getReason()).isEqualTo("PolicyChanged");
        assertThat(condition(stopped, "Finished").getMessage()).contains("its namespace is of another stage now");
    }

    /** What a watch shows is late, often enough: a no is not said before the API server was asked. */
    @RepeatedTest(10)
    void whatNowAllowsHoldsForTheNextRun(Tenant tenant) {
        // Given
        tenant.policy(Tenant.POLICY, STAGED);
        label(tenant, "=ci");
        StoppedNamespaceTest.label(tenant.namespace(), "=Suspended");
        assertThat(decided(tenant)).isEqualTo(Verdict.Denied);

        // When
        StoppedNamespaceTest.label(tenant.namespace(), "-");
        label(tenant, "=dev");

        // Then
        assertThat(decided(tenant)).isEqualTo(Verdict.Allowed);
    }

    private static Verdict decided(Tenant tenant) {
        return tenant.run(shell("true").decideOnly()).getStatus().decision().verdict();
    }

    private static void label(Tenant tenant, String stage) {
        Kubectl.Answer answer =
                Kubectl.kubectl("label", "--overwrite", "namespace", tenant.namespace(), "cofferdam.dev/stage" + stage);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }
}
