package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import org.junit.jupiter.api.Test;

/** The label {@code cofferdam.dev/state} of a namespace stops what runs there, and keeps anything else from running, until it is gone. */
@ClusterTest
class StoppedNamespaceTest {
    @Test
    void itsRunsStopAndNoneBegins(Tenant tenant) {
        // Given a tool that runs
        ToolRun running = running(tenant);

        // When
        label(tenant.namespace(), "=Suspended");

        // Then
        ToolRun stopped = tenant.finished(running);
        assertThat(stopped.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(condition(stopped, "Finished").getReason()).isEqualTo("NamespaceSuspended");
        ToolRun refused = tenant.run(shell("true"));
        assertThat(refused.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(refused.getStatus().error().exitCode()).isEqualTo(5);
        assertThat(condition(refused, "Admitted").getReason()).isEqualTo("NamespaceSuspended");
        assertThat(condition(refused, "Admitted").getMessage())
                .contains("\"" + tenant.namespace() + "\" has the label cofferdam.dev/state=Suspended")
                .contains("ask them");
        assertThat(tenant.pod(refused)).isEmpty();
        until(tenant, "False/NamespaceSuspended");

        // And when it is gone, all is as before
        label(tenant.namespace(), "-");
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
        until(tenant, "True/Active");
    }

    /** What the policy says of it, which may come later than what its runs say. */
    private static void until(Tenant tenant, String active) {
        await().atMost(Tenant.PATIENCE)
                .until(() -> tenant.kubectl(
                                "get",
                                "sandboxpolicy",
                                Tenant.POLICY,
                                "--output=jsonpath={range .status.conditions[?(@.type==\"Active\")]}{.status}/{.reason}{end}")
                        .text()
                        .equals(active));
    }

    /** A tool that runs for longer than any test. */
    static ToolRun running(Tenant tenant) {
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 600s"));
        return tenant.begun(shell("echo begun; sleep 590"));
    }

    static void label(String namespace, String state) {
        Kubectl.Answer answer = Kubectl.kubectl("label", "namespace", namespace, "cofferdam.dev/state" + state);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }
}
