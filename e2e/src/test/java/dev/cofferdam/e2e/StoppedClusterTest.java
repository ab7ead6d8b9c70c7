package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.StoppedNamespaceTest.label;
import static dev.cofferdam.e2e.StoppedNamespaceTest.running;
import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.NodeProcesses;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/** The same for all namespaces at once, by the label of {@code cofferdam-system}; and that the gateway stops tools without the controller. The other way round: {@link NoGatewayTest}. */
@ClusterTest
@Isolated
@Execution(ExecutionMode.SAME_THREAD)
class StoppedClusterTest {
    private static final String SYSTEM = "--namespace=" + Names.SYSTEM_NAMESPACE;
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final String CONTROLLER = "deployment/" + Names.CONTROLLER;

    @Test
    void allRunsStopAndNoneBegins(Tenant tenant) {
        ToolRun running = running(tenant);

        label(Names.SYSTEM_NAMESPACE, "=Quarantined");
        try {
            assertThat(condition(tenant.finished(running), "Finished").getReason())
                    .isEqualTo("Quarantined");
            ToolRun refused = tenant.run(shell("true"));
            assertThat(refused.getStatus().phase()).isEqualTo(Phase.Denied);
            assertThat(condition(refused, "Admitted").getMessage())
                    .contains("cofferdam-system")
                    .contains("all tools of the cluster");
        } finally {
            label(Names.SYSTEM_NAMESPACE, "-");
        }
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void theGatewayStopsToolsWithoutTheController(Tenant tenant) {
        // Given a tool that runs, with a connection open, and no controller
        Sink sink = Sink.in(tenant);
        tenant.policy(Tenant.POLICY, GatewayLossTest.STREAMING.formatted(sink.address(), Sink.PORT));
        ToolRun running =
                tenant.begun(tool("python", Scripts.of("stream.py"), sink.address(), Integer.toString(Sink.PORT)));
        scaleController(0);
        try {
            await().atMost(Tenant.PATIENCE)
                    .until(() -> Tenant.systemPods(Names.CONTROLLER).isEmpty());

            // When
            label(tenant.namespace(), "=Suspended");

            // Then
            await().atMost(Tenant.PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    tenant.resource(running).get().getStatus().result())
                            .isNotNull()
                            .satisfies(result -> assertThat(result.stopReason()).isEqualTo("NamespaceSuspended")));

            // And nothing is open any more, while there is no controller to delete the pod
            await().atMost(Tenant.PATIENCE).until(() -> sink.gone() == 1);
            assertThat(sink.hits()).isEqualTo(1);
            assertThat(tenant.pod(running)).isPresent();
        } finally {
            scaleController(1);
            Kubectl.kubectl(SYSTEM, "rollout", "status", CONTROLLER, Kubectl.PATIENCE);
        }
        ToolRun ended = tenant.finished(running);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("NamespaceSuspended");
    }

    @Test
    void theGatewayFreezesToolsWithoutTheControllerAndTheirPodsAreKept(Tenant tenant) {
        ToolRun running = running(tenant);
        scaleController(0);
        try {
            await().atMost(Tenant.PATIENCE)
                    .until(() -> Tenant.systemPods(Names.CONTROLLER).isEmpty());

            label(tenant.namespace(), "=Quarantined");

            await().atMost(Tenant.PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    tenant.resource(running).get().getStatus().result())
                            .isNotNull()
                            .satisfies(result -> assertThat(result.outcome()).isEqualTo(Outcome.Frozen)));
        } finally {
            scaleController(1);
            Kubectl.kubectl(SYSTEM, "rollout", "status", CONTROLLER, Kubectl.PATIENCE);
        }
        ToolRun ended = tenant.finished(running);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("Quarantined");
        assertThat(tenant.pod(ended))
                .get()
                .satisfies(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo("Running"));
    }

    @Test
    @Tag("local")
    void theControllerIsKilledInTheMiddleOfAStop(Tenant tenant) {
        // Given tools that only the controller can stop
        tenant.policy(Tenant.POLICY, Waves.POLICY.replace("timeout: 300s", "timeout: 600s"));
        List<ToolRun> created = IntStream.range(0, 4)
                .mapToObj(i -> tenant.create(shell("echo begun; sleep 590")))
                .toList();
        List<ToolRun> running = created.stream().map(tenant::begunOf).toList();
        InstalledParts.fresh(Names.CONTROLLER);
        Pod controller = Tenant.systemPods(Names.CONTROLLER).getFirst();
        InstalledParts.scale(Names.GATEWAY, 0);
        try {
            // When it dies after the first is told to go, and before it has written that any is over
            label(Names.SYSTEM_NAMESPACE, "=Suspended");
            await().pollInterval(LOOK)
                    .atMost(Tenant.PATIENCE)
                    .until(() -> tenant.pods().stream()
                            .anyMatch(pod -> pod.getMetadata().getDeletionTimestamp() != null));
            NodeProcesses.signal("KILL", InstalledParts.process(controller));
            assertThat(tenant.runs())
                    .as("runs under way when the controller died, which had to be in the middle")
                    .anyMatch(run -> run.getStatus().conditions().stream()
                            .noneMatch(c -> c.getType().equals("Finished")
                                    && c.getStatus().equals("True")));
            InstalledParts.awaitRestart(controller);

            // Then the next one brings it to its end
            assertThat(running).map(tenant::finished).allSatisfy(run -> {
                assertThat(run.getStatus().phase()).isEqualTo(Phase.Cancelled);
                assertThat(condition(run, "Finished").getReason()).isEqualTo("NamespaceSuspended");
                assertThat(run.getStatus().attempts()).hasSize(1);
            });
            await().atMost(Tenant.PATIENCE).until(() -> tenant.pods().isEmpty());
            assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Denied);
        } finally {
            label(Names.SYSTEM_NAMESPACE, "-");
            InstalledParts.scale(Names.GATEWAY, 1);
        }
    }

    private static void scaleController(int replicas) {
        assertThat(Kubectl.kubectl(SYSTEM, "scale", CONTROLLER, "--replicas=" + replicas)
                        .exitCode())
                .isZero();
    }
}
