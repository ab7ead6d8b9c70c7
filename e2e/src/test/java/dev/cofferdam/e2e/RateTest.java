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
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/** As many runs of a policy in a time as it says, and not one more, also when another controller takes over in between. Alone, because that is no matter of one namespace. */
@ClusterTest
@Isolated
@Execution(ExecutionMode.SAME_THREAD)
class RateTest {
    private static final Pattern TIME = Pattern.compile("come back at (\\S+Z)");

    private static final String POLICY = """
            tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
            permissions: {resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 300s}}}
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
                "--timeout=120s");
        await().atMost(Tenant.PATIENCE)
                .until(() -> Tenant.systemPods(Names.CONTROLLER).size() == 1);
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
        denied(tenant);
    }

    @Test
    void whoComesBackWhenItWasToldPasses(Tenant tenant) {
        // Given one more than the policy lets through
        tenant.policy(Tenant.POLICY, POLICY.replace("{runs: 3, per: 1h}", "{runs: 1, per: 10s}"));
        List<ToolRun> two = Stream.of(tenant.create(shell("true")), tenant.create(shell("true")))
                .map(tenant::finished)
                .toList();
        assertThat(two)
                .extracting(run -> run.getStatus().phase())
                .containsExactlyInAnyOrder(Phase.Succeeded, Phase.Denied);

        // When the time has come that it was told
        String message = two.stream()
                .map(run -> condition(run, "Finished"))
                .filter(finished -> finished.getReason().equals("RateExceeded"))
                .map(Condition::getMessage)
                .collect(Collectors.joining());
        Matcher time = TIME.matcher(message);
        assertThat(time.find()).as(message).isTrue();
        Instant again = Instant.parse(time.group(1));
        await().atMost(Tenant.PATIENCE).until(() -> !Instant.now().isBefore(again));

        // Then
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
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
