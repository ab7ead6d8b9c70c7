package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.NodeProcesses;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
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
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class KillsTest {
    private final Waves waves = new Waves(20_260_101);

    @Test
    void theControllerIsKilled(Tenant tenant) {
        List<ToolRun> runs = waves.of(tenant, 3, () -> InstalledParts.kill(Names.CONTROLLER));

        assertThat(runs).hasSize(30).allSatisfy(Waves::hasItsResult);
    }

    @Test
    void theGatewayIsKilled(Tenant tenant) {
        List<ToolRun> runs = waves.of(tenant, 3, () -> InstalledParts.kill(Names.GATEWAY));

        assertThat(runs).hasSize(30).allSatisfy(Waves::hasItsResult);
    }

    @Test
    void theApiServerIsAwayForTwentySeconds(Tenant tenant) {
        List<Long> apiServer =
                NodeProcesses.daemon("kube-apiserver", TestCluster.shared().kubeconfig());

        List<ToolRun> runs = waves.of(tenant, 1, () -> {
            NodeProcesses.signal("STOP", apiServer);
            CompletableFuture.runAsync(
                            () -> NodeProcesses.signal("CONT", apiServer),
                            CompletableFuture.delayedExecutor(20, TimeUnit.SECONDS))
                    .join();
        });

        assertThat(runs).allSatisfy(Waves::hasItsResult);
    }

    @Test
    void kubeletAndContainerdAreKilled(Tenant tenant) {
        List<ToolRun> runs = waves.of(tenant, 3, () -> NodeProcesses.restart("containerd", "kubelet"));

        // Then each either has its result, or says that it has none: a container that was being made may be given up
        assertThat(runs).hasSize(30).anySatisfy(Waves::hasItsResult).allSatisfy(run -> {
            if (run.getStatus().result() == null) {
                assertThat(run.getStatus().phase()).isIn(Phase.Unknown, Phase.Failed);
            } else {
                Waves.hasItsResult(run);
            }
        });
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void podsAreDeletedByForce(Tenant tenant) {
        List<ToolRun> runs = waves.of(
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
    void theTimeUntilTheNextAttemptOutlivesTheController(Tenant tenant) {
        // Given a run between two attempts
        tenant.policy(Tenant.POLICY, """
                tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c], idempotent: true}]
                permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 60s}}}
                retry: {maxAttempts: 2, initialDelay: 40s, maxDelay: 40s, jitter: 0}
                """);
        ToolRun run = tenant.create(shell("sleep 300").withTimeout("1s"));
        tenant.until(
                run,
                now -> now.getStatus() != null
                        && now.getStatus().attempts().size() == 1
                        && now.getStatus().attempts().getFirst().finishedAt() != null);

        // When
        InstalledParts.kill(Names.CONTROLLER);

        // Then it has its other one, and no earlier than without that
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().attempts()).extracting(Attempt::reason).containsExactly("TimedOut", "TimedOut");
        Attempt first = ended.getStatus().attempts().getFirst();
        Attempt second = ended.getStatus().attempts().getLast();
        assertThat(Duration.between(Instant.parse(first.finishedAt()), Instant.parse(second.finishedAt())))
                .isGreaterThan(Duration.ofSeconds(40));
    }

    @Test
    void callsWithKeysAreExecutedOnceAndHaveOneAnswer(Tenant tenant) {
        // Given calls under several keys, each asked for several times, and the controller is killed in the middle
        tenant.policy(Tenant.POLICY, Waves.POLICY);
        Set<String> started = ConcurrentHashMap.newKeySet();
        try (var watch = tenant.client().pods().inNamespace(tenant.namespace()).inform(new StartedPods(started))) {
            List<ToolRun> runs = new ArrayList<>();
            for (int call = 0; call < 40; call++) {
                runs.add(tenant.create(shell("echo once").withKey("key-" + call % 10)));
            }
            InstalledParts.kill(Names.CONTROLLER);

            // Then
            Map<String, List<ToolRun>> byKey = runs.stream()
                    .map(tenant::finished)
                    .collect(Collectors.groupingBy(run -> run.getSpec().idempotencyKey()));
            assertThat(byKey).hasSize(10).allSatisfy((key, same) -> {
                assertThat(same).hasSize(4).allSatisfy(run -> {
                    assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
                    assertThat(run.getStatus().result())
                            .isEqualTo(same.getFirst().getStatus().result());
                });
                assertThat(same)
                        .filteredOn(run -> run.getStatus().replayOf() == null)
                        .hasSize(1);
            });
            assertThat(started).hasSize(10);
        }
    }

    @Test
    void noMoreRunsThanThereArePlacesWhenTheControllerIsKilled(Tenant tenant) {
        tenant.policy(Tenant.POLICY, Waves.POLICY + "concurrency: {active: 2, queueTimeout: 1h}\n");
        AtomicInteger most = new AtomicInteger();
        try (var watch = tenant.client()
                .resources(ToolRun.class)
                .inNamespace(tenant.namespace())
                .inform(new QueueTest.Activity(ConcurrentHashMap.newKeySet(), most))) {
            List<ToolRun> runs = new ArrayList<>();
            for (int call = 0; call < 8; call++) {
                runs.add(tenant.create(shell("sleep 2")));
            }
            InstalledParts.kill(Names.CONTROLLER);

            assertThat(runs)
                    .allSatisfy(run ->
                            assertThat(tenant.finished(run).getStatus().phase()).isEqualTo(Phase.Succeeded));
        }
        assertThat(most.get()).isBetween(1, 2);
    }

    @Test
    void withoutAGatewayARunIsGivenUp(Tenant tenant) {
        // Given
        tenant.policy(Tenant.POLICY, Waves.POLICY);
        InstalledParts.scale(Names.GATEWAY, 0);
        try {
            // When
            ToolRun run = tenant.run(shell("true"));

            // Then its supervisor gives up, and nobody says more than he knows
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Unknown);
            assertThat(condition(run, "Finished").getReason()).isEqualTo("SupervisorLost");
            assertThat(run.getStatus().attempts()).hasSize(1);
        } finally {
            InstalledParts.scale(Names.GATEWAY, 1);
        }
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }
}
