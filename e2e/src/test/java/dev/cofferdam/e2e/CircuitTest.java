package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Circuit;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Metrics;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A tool whose pods are lost is given a rest, and then a few trials; the other tools of its policy are not concerned. */
@ClusterTest
@Order(ClusterTest.EARLY)
class CircuitTest {
    private static final String OPENED = "cofferdam_circuit_changes_total{to=\"Open\"}";
    private static final String CLOSED = "cofferdam_circuit_changes_total{to=\"Closed\"}";
    private static final Pattern TIME = Pattern.compile("come back at (\\S+Z);");

    @Test
    void lostPodsOpenItAndTrialsCloseIt(Tenant tenant) {
        // Given a tool that has lost two pods
        tenant.policy(Tenant.POLICY, """
                tools:
                - {name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}
                - {name: other, image: cofferdam.local/shell:1, command: [sh, -c]}
                permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 300s}}}
                circuitBreaker: {failures: 2, window: 1h, pause: 1m, probes: 1}
                """);
        double opened = Metrics.value(Names.CONTROLLER, OPENED);
        double closed = Metrics.value(Names.CONTROLLER, CLOSED);
        opened(tenant);
        assertThat(Metrics.value(Names.CONTROLLER, OPENED)).isGreaterThanOrEqualTo(opened + 1);

        // When it comes again
        ToolRun denied = tenant.run(shell("true"));

        // Then it is told when to come back, and the policy says so, too
        assertThat(denied.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(denied, "Finished").getReason()).isEqualTo("CircuitOpen");
        assertThat(denied.getStatus().error().retryable()).isTrue();
        Matcher time = TIME.matcher(condition(denied, "Finished").getMessage());
        assertThat(time.find()).isTrue();
        Instant back = Instant.parse(time.group(1));
        assertThat(tenant.run(tool("other", "true")).getStatus().phase()).isEqualTo(Phase.Succeeded);

        // And then it runs, which closes the circuit
        await().atMost(Tenant.PATIENCE).until(() -> !Instant.now().isBefore(back));
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
        await().atMost(Tenant.PATIENCE).until(() -> circuits(tenant).isEmpty());
        assertThat(Metrics.value(Names.CONTROLLER, CLOSED)).isGreaterThanOrEqualTo(closed + 1);
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    /** Loses two pods of the tool {@code sh}, one after the other, and returns how its circuit is when it is open. */
    static ToolCircuit opened(Tenant tenant) {
        lose(tenant, "sh");
        lose(tenant, "sh");
        return circuit(tenant, "sh", Circuit.Open);
    }

    /** A run of the tool loses its pod. */
    static void lose(Tenant tenant, String tool) {
        ToolRun run = tenant.begun(tool(tool, "echo begun; sleep 300"));
        tenant.kubectl(
                "delete",
                "pod",
                "--force",
                "--grace-period=0",
                tenant.pod(run).orElseThrow().getMetadata().getName());
        assertThat(tenant.finished(run).getStatus().error().kind().name()).isEqualTo("Infrastructure");
    }

    /** Waits until the policy tells so of a tool. */
    static ToolCircuit circuit(Tenant tenant, String tool, Circuit circuit) {
        return await().atMost(Tenant.PATIENCE)
                .until(
                        () -> circuits(tenant).stream()
                                .filter(told -> told.name().equals(tool) && told.circuit() == circuit)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    static List<ToolCircuit> circuits(Tenant tenant) {
        return Optional.ofNullable(tenant.client()
                        .resources(SandboxPolicy.class)
                        .inNamespace(tenant.namespace())
                        .withName(Tenant.POLICY)
                        .get()
                        .getStatus())
                .map(status -> status.tools())
                .orElse(List.of());
    }
}
