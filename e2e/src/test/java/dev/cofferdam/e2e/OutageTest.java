package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.NodeProcesses;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** An API server that is away for longer than any part of ours waits for one answer, or for another part. Alone, because it takes it away from all. */
@ClusterTest
@Tag("local")
@Isolated
class OutageTest {
    /** Above the minute that a supervisor waits for a gateway, and the leader for the renewal of its lease. */
    private static final Duration AWAY = Duration.ofSeconds(75);

    private static final int RUNS = 5;

    /** Each goes on for so much longer than the one before: some end while it is away, and the last one after. */
    private static final int APART_SECONDS = 25;

    private final Outsider outsider = new Outsider();
    private final Waves waves = new Waves(20_260_102, outsider);

    @AfterEach
    void close() {
        outsider.close();
    }

    @Test
    void toolsAtWorkDoNotNoticeAndNoResultIsLost(Tenant tenant) {
        // Given tools at work: one that has yet to start cannot, and says so
        tenant.policy(Tenant.POLICY, waves.policy().replace("cpu: 50m", "cpu: 200m"));
        List<ToolRun> runs = IntStream.rangeClosed(1, RUNS)
                .mapToObj(at -> tenant.create(shell(waves.script(at * APART_SECONDS))))
                .toList();
        runs.forEach(tenant::begunOf);
        List<Long> apiServer =
                NodeProcesses.daemon("kube-apiserver", TestCluster.shared().kubeconfig());

        // When
        Instant left = Instant.now();
        NodeProcesses.pause(apiServer, AWAY);
        Instant back = Instant.now();

        // Then each has its result, did once what it did, and was not tried again
        List<ToolRun> ended = runs.stream().map(tenant::finished).toList();
        assertThat(ended).allSatisfy(waves::didItsDeed);
        List<Instant> ends = ended.stream()
                .map(run -> Instant.parse(run.getStatus().result().finishedAt()))
                .toList();
        assertThat(ends)
                .as("away from %s to %s", left, back)
                .filteredOn(end -> end.isAfter(left) && end.isBefore(back))
                .hasSizeGreaterThanOrEqualTo(2);
        assertThat(ends).as("at work all the time").anyMatch(back::isBefore);

        // And all is as before
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
        InstalledParts.fresh(Names.CONTROLLER);
        await().atMost(Tenant.PATIENCE)
                .until(() -> tenant.client().nodes().list().getItems().stream().allMatch(Readiness::isNodeReady)
                        && Tenant.systemPods(Names.GATEWAY).stream().allMatch(Readiness::isPodReady));
    }
}
