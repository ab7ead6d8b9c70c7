package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The alerts that people begin with, by what runs really leave in their statuses: each fires at one more than it says, once, and not before. That a run has been counted is told by a second alert. */
@ClusterTest
class AlertExamplesTest {
    private static final String POLICY = """
            tools: [{name: python, image: cofferdam.local/python:1, command: [python3, -c]}]
            permissions: {resources: {limits: {cpu: 250m, memory: 512Mi, timeout: 120s}}}
            alerts:
              example: {condition: "%s"}
              runs: {condition: "runs > 1000 per day"}
            """;

    private static final Duration WINDOW = Duration.ofSeconds(20);

    /** What a condition moves in, of its window; and for clocks that are read one after the other. */
    private static final Duration STEP = Duration.ofSeconds(1);

    private static final String REACHES = """
            import socket, sys
            for host in sys.argv[1:]:
                try: socket.create_connection((host, 80), timeout=30)
                except OSError: pass
            """;

    /** Has so many MiB, so that a look comes by. */
    private static final String HOLDS = """
            import sys, time
            held = bytearray(b"x") * (int(sys.argv[1]) << 20)
            time.sleep(5)
            """;

    private static final RunRequest DENIED = tool("python", "").withEnv("FORBIDDEN", "x");

    @Test
    void denialsThatAreSpreadOutAreNotAsManyAtOnce(Tenant tenant) {
        // Given as many as it takes, but never in one window
        tenant.policy(Tenant.POLICY, POLICY.formatted("permission_denials > 3 per 20s"));
        for (int time = 0; time < 2; time++) {
            denied(tenant, 2);
            Instant over = Instant.now().plus(WINDOW).plus(STEP);
            await().atMost(Tenant.PATIENCE).until(() -> !Instant.now().isBefore(over));
        }
        counted(tenant, 4);
        assertThat(firings(tenant)).isEmpty();

        // When there are fewer, at once
        denied(tenant, 4);

        // Then
        counted(tenant, 8);
        assertThat(firings(tenant))
                .singleElement()
                .satisfies(firing -> assertThat(firing.counts()).containsExactly("permission_denials per 20s: 4"));
    }

    private static void denied(Tenant tenant, int times) {
        List<ToolRun> runs =
                IntStream.range(0, times).mapToObj(at -> tenant.create(DENIED)).toList();
        assertThat(runs)
                .allSatisfy(run ->
                        assertThat(tenant.finished(run).getStatus().phase()).isEqualTo(Phase.Denied));
    }

    @Test
    void hostsAreNewOnce(Tenant tenant) {
        // Given as many as it lets pass, one of them again and again
        tenant.policy(Tenant.POLICY, POLICY.formatted("new_hosts > 2 per hour"));
        reaches(tenant, "192.0.2.1");
        reaches(tenant, "192.0.2.1", "192.0.2.2");
        reaches(tenant, "192.0.2.2", "192.0.2.1");
        counted(tenant, 3);
        assertThat(firings(tenant)).isEmpty();
        assertThat(AlertsTest.counted(tenant, "example")).isEqualTo(2);

        // When
        reaches(tenant, "192.0.2.1", "192.0.2.3");
        reaches(tenant, "192.0.2.3");

        // Then
        counted(tenant, 5);
        assertThat(firings(tenant))
                .singleElement()
                .satisfies(firing -> assertThat(firing.counts()).containsExactly("new_hosts per 3600s: 3"));
    }

    private static void reaches(Tenant tenant, String... hosts) {
        String[] arguments = Stream.concat(Stream.of(REACHES), Stream.of(hosts)).toArray(String[]::new);
        assertThat(tenant.run(tool("python", arguments)).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void onlyWhatIsNoVariableIsACapability(Tenant tenant) {
        // Given a denial of another type
        tenant.policy(Tenant.POLICY, POLICY.formatted("policy_violation.type == 'capability_request'"));
        denied(tenant, 1);
        counted(tenant, 1);
        assertThat(firings(tenant)).isEmpty();

        // When
        ToolRun more = CapabilitiesTest.run(tenant, "python", "\"EXTERNAL_COMMAND(git)\"");
        assertThat(more.getStatus().decision().reasons())
                .extracting(DecisionReason::code)
                .containsExactly("CapabilityNotGranted");
        tenant.run(tool("missing"));
        tenant.run(tool("python", "").withTimeout("121s"));

        // Then
        counted(tenant, 4);
        assertThat(firings(tenant)).hasSize(1);
    }

    @Test
    void memoryIsOfTheWholeLimit(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted("memory_usage > 90%"));
        ToolRun below = tenant.run(tool("python", HOLDS, "420"));
        assertThat(below.getStatus().result().peakMemoryBytes()).isBetween(420L << 20, 460L << 20);
        counted(tenant, 1);
        assertThat(firings(tenant)).isEmpty();

        ToolRun above = tenant.run(tool("python", HOLDS, "470"));
        assertThat(above.getStatus().phase()).isEqualTo(Phase.Succeeded);
        ToolRun out = tenant.run(tool("python", HOLDS, "600"));
        assertThat(condition(out, "Finished").getReason()).isEqualTo("OutOfMemory");

        counted(tenant, 3);
        assertThat(firings(tenant)).hasSize(1);
    }

    /** Waits until so many runs are counted; what fires by them has fired then. */
    private static void counted(Tenant tenant, int runs) {
        await().atMost(Tenant.PATIENCE).until(() -> AlertsTest.counted(tenant, "runs") == runs);
    }

    private static List<AlertFiring> firings(Tenant tenant) {
        AlertStatus example = AlertsTest.alert(tenant, "example").orElseThrow();
        assertThat(example.fired() == null ? 0 : example.fired())
                .isEqualTo(example.firings().size());
        return example.firings();
    }
}
