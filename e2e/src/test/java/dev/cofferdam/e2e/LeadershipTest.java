package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
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
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Of two controllers one leads, and whatever becomes of it, the other goes on where it was: no run is lost, none runs twice. Alone, because it kills what all others use. */
@ClusterTest
@Tag("local")
@Isolated
class LeadershipTest {
    private static final int WAITING = 30;

    private final Waves waves = new Waves(20_260_102);

    @Test
    void theLeaderIsKilledWithItsPod(Tenant tenant) {
        List<ToolRun> later = new ArrayList<>();
        try {
            Pod leader = oneOfTwo();
            List<Long> process = InstalledParts.process(leader);

            List<ToolRun> runs = waves.of(tenant, 1, () -> {
                // By a signal, so that it cannot give its lease back; then its pod, so that it cannot come again under
                // its name
                Instant killed = Instant.now();
                NodeProcesses.signal("KILL", process);
                Kubectl.kubectl(
                        "--namespace=" + Names.SYSTEM_NAMESPACE,
                        "delete",
                        "pod",
                        leader.getMetadata().getName(),
                        "--force",
                        "--grace-period=0",
                        "--wait=false");
                later.add(tenant.create(shell("echo begun; echo done")));
                assertThat(successor(leader).getAcquireTime().toInstant()).isAfter(killed);
            });

            assertThat(runs).hasSize(10).allSatisfy(Waves::hasItsResult);
            assertThat(later).hasSize(1).allSatisfy(run -> Waves.hasItsResult(tenant.finished(run)));
        } finally {
            alone();
        }
    }

    @Test
    void theLeaderSleepsAndWakesUpWhenItLeadsNoMore(Tenant tenant) {
        try {
            Pod leader = oneOfTwo();
            List<Long> process = InstalledParts.process(leader);

            List<ToolRun> runs = waves.of(tenant, 1, () -> {
                NodeProcesses.signal("STOP", process);
                try {
                    successor(leader);
                } finally {
                    NodeProcesses.signal("CONT", process);
                }
            });

            // Then it has found out, and ended; and its successor still leads
            InstalledParts.awaitRestart(leader);
            assertThat(lease().getHolderIdentity())
                    .isNotEqualTo(leader.getMetadata().getName());
            assertThat(runs).hasSize(10).allSatisfy(Waves::hasItsResult);
        } finally {
            alone();
        }
    }

    @Test
    void whoIsToldToStopBeginsNothingMoreAndGivesItsLeaseBack(Tenant tenant) throws Exception {
        alone();
        // Given one place, one that has it, and many that look whether it is free whenever their policy is edited
        String policy = Waves.POLICY.replace("timeout: 300s", "timeout: 600s")
                + "concurrency: {active: 1, queueTimeout: %dm}\n";
        tenant.policy(Tenant.POLICY, policy.formatted(60));
        ToolRun first = tenant.begun(shell("echo begun; sleep 590"));
        List<ToolRun> waiting = Stream.generate(() -> tenant.create(shell("echo begun; echo done")))
                .limit(WAITING)
                .toList();
        waiting.forEach(run -> tenant.until(run, QueueTest::waits));
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Void> edits = CompletableFuture.runAsync(() -> {
            for (int minutes = 60; !over.get(); minutes++) {
                tenant.policy(Tenant.POLICY, policy.formatted(60 + minutes % 600));
            }
        });

        try {
            InstalledParts.scale(Names.CONTROLLER, 0);

            assertThat(lease().getHolderIdentity()).isNull();
            assertThat(tenant.runs())
                    .filteredOn(run -> !run.getStatus().attempts().isEmpty())
                    .as("who has a place")
                    .extracting(run -> run.getMetadata().getName())
                    .containsExactly(first.getMetadata().getName());
            assertThat(tenant.pods()).hasSize(1);
        } finally {
            over.set(true);
            try {
                edits.get(1, TimeUnit.MINUTES);
            } finally {
                alone();
            }
        }
        tenant.cancel(first);
        assertThat(tenant.finished(waiting.getFirst()).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    /** Makes it two controllers; returns the pod of the one that leads. */
    private static Pod oneOfTwo() {
        InstalledParts.scale(Names.CONTROLLER, 2);
        return leader();
    }

    private static void alone() {
        InstalledParts.scale(Names.CONTROLLER, 1);
        leader();
    }

    /** The pod of the controller that leads; waits until one of those that are there does. */
    private static Pod leader() {
        return await().atMost(Tenant.PATIENCE)
                .until(
                        () -> {
                            String holder = lease().getHolderIdentity();
                            return Tenant.systemPods(Names.CONTROLLER).stream()
                                    .filter(pod -> pod.getMetadata().getName().equals(holder))
                                    .findFirst();
                        },
                        Optional::isPresent)
                .orElseThrow();
    }

    private static LeaseSpec successor(Pod leader) {
        String name = leader.getMetadata().getName();
        return await().atMost(Tenant.PATIENCE)
                .until(
                        LeadershipTest::lease,
                        lease -> lease.getHolderIdentity() != null
                                && !lease.getHolderIdentity().equals(name));
    }

    private static LeaseSpec lease() {
        return TestCluster.Holder.client()
                .leases()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(Names.CONTROLLER)
                .get()
                .getSpec();
    }
}
