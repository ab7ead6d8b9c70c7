package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Circuit;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A tool that is given a rest has it to its end, also where the controller is killed that gave it: the next one knows of it what the policy's status says. Alone, because it kills what all others use. */
@ClusterTest
@Tag("local")
@Isolated
class CircuitTakeoverTest {
    @Test
    void anOpenCircuitIsAsOpenForTheNextController(Tenant tenant) {
        // Given a circuit that is open for longer than the test takes
        tenant.policy(Tenant.POLICY, """
                tools:
                - {name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}
                - {name: other, image: cofferdam.local/shell:1, command: [sh, -c]}
                permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 250m, memory: 48Mi, timeout: 300s}}}
                circuitBreaker: {failures: 2, window: 1h, pause: 1h}
                """);
        ToolCircuit open = CircuitTest.opened(tenant);

        // When
        InstalledParts.kill(Names.CONTROLLER);

        // Then it is open until the same time, and whoever comes is told so
        ToolRun denied = tenant.run(shell("true"));
        assertThat(denied.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(denied, "Finished").getReason()).isEqualTo("CircuitOpen");
        assertThat(condition(denied, "Finished").getMessage())
                .contains("come back at "
                        + Instant.parse(open.until())
                                .truncatedTo(ChronoUnit.SECONDS)
                                .plusSeconds(1) + ";");
        assertThat(denied.getStatus().attempts()).isEmpty();
        assertThat(tenant.pod(denied)).isEmpty();

        // And what this controller writes of the policy, as of another tool that loses a pod, leaves it as it is
        CircuitTest.lose(tenant, "other");
        CircuitTest.circuit(tenant, "other", Circuit.Closed);
        assertThat(CircuitTest.circuits(tenant)).contains(open);
    }
}
