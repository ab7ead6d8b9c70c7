package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** One run more than a policy lets through in a time is denied, also when another controller takes over in between. Alone, because that is no matter of one namespace. */
@ClusterTest
@Isolated
class RateTakeoverTest {
    private static final String POLICY = """
            tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
            permissions: {resources: {limits: {cpu: 250m, memory: 48Mi, timeout: 300s}}}
            rate: {runs: 3, per: 1h}
            """;

    @Test
    void oneMoreIsDeniedAlsoByAnotherController(Tenant tenant) {
        // Given as many as the policy lets through, and one that it denies anyway
        tenant.policy(Tenant.POLICY, POLICY);
        assertThat(tenant.run(shell("true").withEnv("NOT", "granted"))
                        .getStatus()
                        .phase())
                .isEqualTo(Phase.Denied);
        List<ToolRun> three =
                List.of(tenant.create(shell("true")), tenant.create(shell("true")), tenant.create(shell("true")));
        assertThat(three)
                .allSatisfy(run ->
                        assertThat(tenant.finished(run).getStatus().phase()).isEqualTo(Phase.Succeeded));

        // Then the next one is denied, whatever becomes of those before
        tenant.resource(three.getFirst()).delete();
        denied(tenant);

        // And by a controller that knows only what is there, one more passes for the deleted one, and no other
        Kubectl.kubectl(
                "--namespace=" + Names.SYSTEM_NAMESPACE, "rollout", "restart", "deployment/" + Names.CONTROLLER);
        Kubectl.kubectl(
                "--namespace=" + Names.SYSTEM_NAMESPACE,
                "rollout",
                "status",
                "deployment/" + Names.CONTROLLER,
                Kubectl.PATIENCE);
        await().atMost(Tenant.PATIENCE)
                .until(() -> Tenant.systemPods(Names.CONTROLLER).size() == 1);
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
        denied(tenant);
    }

    private static void denied(Tenant tenant) {
        ToolRun more = tenant.run(shell("true"));
        assertThat(more.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(more, "Finished").getReason()).isEqualTo("RateExceeded");
        assertThat(condition(more, "Finished").getMessage()).contains("within 1h", "lets through, 3; come back at 2");
        assertThat(more.getStatus().error().retryable()).isTrue();
        assertThat(more.getStatus().attempts()).isEmpty();
        assertThat(tenant.pod(more)).isEmpty();
    }
}
