package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.NodeProcesses;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Any process may be killed at any instant: every run ends, none runs twice, no result is lost that its tool had delivered, and what is on record says what was interrupted. How often a tool ran is counted
 * from outside, by the claimed pods whose container started, and by somebody out of the cluster to whom it does something. Alone, because it kills what all others use; so it does at one time what
 * can be done at one time. With {@code -Dkills=40} there are as many blows, which takes half an hour.
 */
@ClusterTest
@Tag("local")
@Isolated
@Timeout(value = 45, unit = TimeUnit.MINUTES)
class KillsTest {
    /** Of the controller, of the gateway, and of kubelet and containerd. */
    private static final int WAVES = Math.ceilDiv(Integer.getInteger("kills", 9), 3);

    private final Outsider outsider = new Outsider();
    private final Waves waves = new Waves(20_260_101, outsider);

    @TempDir
    private Path folder;

    private final List<CollectedLog> open = new ArrayList<>();

    @AfterEach
    void close() {
        outsider.close();
        open.forEach(CollectedLog::close);
    }

    @Test
    void theControllerIsKilled(Tenant tenant) {
        // Given what it would have to remember, if it remembered anything
        InstalledParts.fresh(Names.CONTROLLER);
        CollectedLog log = collected(Names.CONTROLLER);
        List<UnderWay> others =
                List.of(new UnderWay.Retried(tenant), new UnderWay.KeyedCalls(tenant), new UnderWay.FewPlaces(tenant));

        List<List<Integer>> met = new ArrayList<>();

        List<ToolRun> runs = waves.of(
                tenant,
                WAVES,
                () -> {
                    InstalledParts.fresh(Names.CONTROLLER);
                    log.look();
                },
                () -> {
                    met.add(others.stream()
                            .map(other -> Waves.unfinished(tenant, other.runs()))
                            .toList());
                    InstalledParts.kill(Names.CONTROLLER);
                    log.look();
                });

        assertThat(met.getFirst()).as("what the first blow met of each").doesNotContain(0);
        assertThat(runs).hasSize(10 * WAVES).allSatisfy(waves::didItsDeed);
        assertThat(AuditStream.starts(runs).values())
                .as("how often the gateway, which nobody killed, heard that a tool had started")
                .isNotEmpty()
                .containsOnly(1L);
        assertAll(others.stream().map(other -> other::endsAsItShould));
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> record(tenant, runs, log, Names.GATEWAY).theControllerWasKilled());
    }

    @Test
    void theGatewayIsKilled(Tenant tenant) {
        CollectedLog log = collected(Names.GATEWAY);
        // Each wave by itself: supervisors wait a minute for a gateway, which starts slowly beside too many of them
        List<ToolRun> runs = waves.of(
                tenant,
                WAVES,
                () -> {
                    InstalledParts.fresh(Names.GATEWAY);
                    log.look();
                    tenant.runs().forEach(tenant::finished);
                },
                () -> {
                    InstalledParts.kill(Names.GATEWAY);
                    log.look();
                });

        // Then each has its result, though not each its connection
        assertThat(runs).hasSize(10 * WAVES).allSatisfy(Waves::hasItsResult).anySatisfy(waves::didItsDeed);
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> record(tenant, runs, log, Names.CONTROLLER).theGatewayWasKilled());
    }

    private CollectedLog collected(String part) {
        CollectedLog log = new CollectedLog(part, folder);
        open.add(log);
        log.look();
        return log;
    }

    /** @param other the part that nobody killed */
    private KilledRecord record(Tenant tenant, List<ToolRun> runs, CollectedLog killed, String other) {
        List<ToolRun> all = tenant.runs();
        List<String> lines = Stream.concat(
                        AuditStream.about(all, killed.lines()).stream(), AuditStream.lines(other, all).stream())
                .toList();
        return new KilledRecord(tenant, runs, lines, folder);
    }

    @Test
    void theApiServerIsAwayForTwentySeconds(Tenant tenant) {
        List<Long> apiServer =
                NodeProcesses.daemon("kube-apiserver", TestCluster.shared().kubeconfig());

        List<ToolRun> runs = waves.of(tenant, 1, () -> NodeProcesses.pause(apiServer, Duration.ofSeconds(20)));

        assertThat(runs).allSatisfy(waves::didItsDeed);
    }

    @Test
    void kubeletAndContainerdAreKilled(Tenant tenant) {
        List<ToolRun> runs = waves.of(tenant, WAVES, () -> NodeProcesses.restart("containerd", "kubelet"));

        // Then each either has its result, or says that it has none: a container that was being made may be given up
        assertThat(runs).hasSize(10 * WAVES).anySatisfy(waves::didItsDeed).allSatisfy(run -> {
            if (run.getStatus().result() == null) {
                assertThat(run.getStatus().phase()).isIn(Phase.Unknown, Phase.Failed);
            } else {
                waves.didItsDeed(run);
            }
        });
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }
}
