package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import org.junit.jupiter.api.Test;

/** The label {@code cofferdam.dev/stage} of a namespace says which tools of a policy with stages run there. */
@ClusterTest
class StageTest {
    private static final String STAGED = Tenant.TOOLS
                    .replace("timeout: 60s", "timeout: 600s")
                    .replace("{name: python,", "{name: python, lifecycle: Deprecated,")
                    .replace("{name: sh,", "{name: sh, lifecycle: Experimental,")
            + "stages: [{name: ci, deny: [Experimental]}, {name: dev}]\n";

    @Test
    void onlyWhatTheStageAllowsRuns(Tenant tenant) {
        tenant.policy(Tenant.POLICY, STAGED);

        // Without a label, and in a stage that the policy does not have, nothing runs
        assertThat(condition(tenant.run(shell("true")), "Finished").getReason()).isEqualTo("StageUnknown");
        label(tenant, "=prod");
        ToolRun elsewhere = until(tenant, shell("true"), "cofferdam.dev/stage=prod");
        assertThat(condition(elsewhere, "Finished").getReason()).isEqualTo("StageUnknown");
        assertThat(elsewhere.getStatus().error().exitCode()).isEqualTo(5);
        assertThat(condition(elsewhere, "Finished").getMessage()).contains("\"ci\", \"dev\"");

        // In one that it has, what that one does not deny
        label(tenant, "=ci");
        ToolRun refused = until(tenant, shell("true"), "in the stage \"ci\"");
        assertThat(condition(refused, "Finished").getReason()).isEqualTo("LifecycleDenied");
        ToolRun deprecated = until(tenant, tool("python", "print(1)"), "exit code 0");
        assertThat(deprecated.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(condition(deprecated, "Admitted").getMessage()).contains("\"python\" is Deprecated");
        label(tenant, "=dev");
        assertThat(until(tenant, shell("true"), "exit code 0").getStatus().phase())
                .isEqualTo(Phase.Succeeded);
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

    /** Controller and gateway learn of a label a moment after it is there, each for itself: what is decided meanwhile is decided for the stage before. */
    private static ToolRun until(Tenant tenant, RunRequest request, String words) {
        return await().atMost(Tenant.PATIENCE)
                .until(
                        () -> tenant.run(request),
                        run -> condition(run, "Finished").getMessage().contains(words));
    }

    private static void label(Tenant tenant, String stage) {
        Kubectl.Answer answer =
                Kubectl.kubectl("label", "--overwrite", "namespace", tenant.namespace(), "cofferdam.dev/stage" + stage);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }
}
