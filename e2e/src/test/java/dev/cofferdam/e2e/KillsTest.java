package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.NodeProcesses;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Any process may be killed at any instant: every run ends, none runs twice, and no result is lost that its tool had delivered. How often a tool ran is counted
 * from outside, by the pods whose container started. Alone, because it kills what all others use.
 */
@ClusterTest
@Tag("local")
@Isolated
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class KillsTest {
    private static final String POLICY = """
            tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
            permissions: {resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 60s}}}
            """;
    private static final int WAVE = 10;

    /** Seeded, so that a failure can be tried again; the instants differ all the same, because the machine does. */
    private final Random random = new Random(20_260_101);

    @Test
    void theControllerIsKilled(Tenant tenant) {
        List<ToolRun> runs = inWaves(tenant, 3, () -> kill(Names.CONTROLLER));

        assertThat(runs).hasSize(30).allSatisfy(KillsTest::hasItsResult);
    }

    @Test
    void theGatewayIsKilled(Tenant tenant) {
        List<ToolRun> runs = inWaves(tenant, 3, () -> kill(Names.GATEWAY));

        assertThat(runs).hasSize(30).allSatisfy(KillsTest::hasItsResult);
    }

    @Test
    void theApiServerIsAwayForTwentySeconds(Tenant tenant) {
        List<Long> apiServer =
                NodeProcesses.daemon("kube-apiserver", TestCluster.shared().kubeconfig());

        List<ToolRun> runs = inWaves(tenant, 1, () -> {
            NodeProcesses.signal("STOP", apiServer);
            CompletableFuture.runAsync(
                            () -> NodeProcesses.signal("CONT", apiServer),
                            CompletableFuture.delayedExecutor(20, TimeUnit.SECONDS))
                    .join();
        });

        assertThat(runs).allSatisfy(KillsTest::hasItsResult);
    }

    @Test
    void podsAreDeletedByForce(Tenant tenant) {
        List<ToolRun> runs = inWaves(
                tenant,
                2,
                () -> Kubectl.kubectl(
                        "--namespace=" + tenant.namespace(),
                        "delete",
                        "pod",
                        "--all",
                        "--force",
                        "--grace-period=0",
                        "--wait=false"));

        // Then each either has its result, or says that nobody knows
        assertThat(runs).hasSize(20).allSatisfy(run -> {
            if (run.getStatus().result() == null) {
                assertThat(run.getStatus().phase()).isIn(Phase.Unknown, Phase.Failed);
                assertThat(condition(run, "Finished").getReason()).isEqualTo("PodDeleted");
            }
        });
    }

    @Test
    void withoutAGatewayARunIsGivenUp(Tenant tenant) {
        // Given
        tenant.policy(Tenant.POLICY, POLICY);
        scaleGateway(0);
        try {
            // When
            ToolRun run = tenant.run(shell("true"));

            // Then its supervisor gives up, and nobody says more than he knows
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Unknown);
            assertThat(condition(run, "Finished").getReason()).isEqualTo("SupervisorLost");
            assertThat(run.getStatus().attempts()).hasSize(1);
        } finally {
            scaleGateway(1);
        }
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    private static void scaleGateway(int replicas) {
        String system = "--namespace=" + Names.SYSTEM_NAMESPACE;
        Kubectl.kubectl(system, "scale", "deployment/" + Names.GATEWAY, "--replicas=" + replicas);
        assertThat(Kubectl.kubectl(system, "rollout", "status", "deployment/" + Names.GATEWAY, "--timeout=120s")
                        .exitCode())
                .isZero();
        await().atMost(Duration.ofMinutes(1))
                .until(() -> Tenant.systemPods(Names.GATEWAY).stream()
                                .filter(Readiness::isPodReady)
                                .count()
                        == replicas);
    }

    /** Waves of runs; in each, the blow falls at a random instant of its first seconds. Returns all runs, ended. */
    private List<ToolRun> inWaves(Tenant tenant, int waves, Runnable blow) {
        tenant.policy(Tenant.POLICY, POLICY);
        Set<String> started = ConcurrentHashMap.newKeySet();
        List<ToolRun> ended = new ArrayList<>();
        try (var watch = tenant.client().pods().inNamespace(tenant.namespace()).inform(new StartedPods(started))) {
            for (int wave = 0; wave < waves; wave++) {
                List<ToolRun> created = new ArrayList<>();
                for (int i = 0; i < WAVE; i++) {
                    created.add(tenant.create(shell("echo begun; sleep 1; echo done")));
                }
                CompletableFuture.runAsync(
                                blow, CompletableFuture.delayedExecutor(random.nextInt(6_000), TimeUnit.MILLISECONDS))
                        .join();
                created.forEach(run -> ended.add(tenant.finished(run)));
            }
        }
        assertThat(ended)
                .allSatisfy(run -> assertThat(started.stream()
                                .filter(pod -> pod.startsWith(
                                        Names.POD_PREFIX + run.getMetadata().getUid()))
                                .count())
                        .as("how often a pod of the run started")
                        .isLessThanOrEqualTo(1));
        return ended;
    }

    private static void hasItsResult(ToolRun run) {
        assertThat(run.getStatus().phase())
                .as(Serialization.asYaml(run.getStatus()))
                .isEqualTo(Phase.Succeeded);
        assertThat(run.getStatus().result().stdout()).isEqualTo("begun\ndone\n");
        assertThat(run.getStatus().attempts()).hasSize(1);
    }

    /** Kills the process of a part, and waits until it is ready again. */
    private static void kill(String part) {
        Pod pod = Tenant.systemPods(part).getFirst();
        int restarts = restarts(pod);
        NodeProcesses.signal("KILL", NodeProcesses.program(pod, "/opt/java/bin/java"));
        await().atMost(Duration.ofMinutes(2)).ignoreExceptions().until(() -> {
            Pod now = Tenant.systemPods(part).getFirst();
            return restarts(now) > restarts && Readiness.isPodReady(now);
        });
    }

    private static int restarts(Pod pod) {
        return pod.getStatus().getContainerStatuses().getFirst().getRestartCount();
    }
}
