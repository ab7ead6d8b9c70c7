package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** As many runs of a policy in a time as it says, and when the next one may come. That there is not one more: {@link RateTakeoverTest}. */
@ClusterTest
class RateTest {
    private static final Pattern TIME = Pattern.compile("come back at (\\S+Z)");

    private static final String POLICY = """
            tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
            permissions: {resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 300s}}}
            rate: {runs: 1, per: 30s}
            """;

    @Test
    void whoComesBackWhenItWasToldPasses(Tenant tenant) {
        // Given one more than the policy lets through
        tenant.policy(Tenant.POLICY, POLICY);
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
}
