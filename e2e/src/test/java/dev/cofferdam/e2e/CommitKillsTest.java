package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.NodeProcesses;
import dev.cofferdam.e2e.tenant.NodeVolume;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Committers that are killed, with the signal that nobody can answer, at twenty random instants: each set is written whole in the end. */
@ClusterTest
@Order(ClusterTest.EARLY)
@Tag("local")
class CommitKillsTest {
    private static final String CLAIM = "repo";
    private static final String COMMITTER = "/supervisor\0commit";
    private static final int KILLS = 20;
    private static final int RUNS = 10;
    private static final int KILLS_OF_A_RUN = 2;
    private static final int FILES = 300;
    private static final int BEGUN_AGAIN = 5;

    /** By then most have written their set, where nobody else uses the machine. */
    private static final int LATEST_MILLIS = 700;

    /** Seeded, so that a failure can be tried again; the instants differ all the same, because the machine does. */
    private final Random random = new Random(20_260_104);

    private final Set<Long> met = ConcurrentHashMap.newKeySet();
    private final AtomicInteger killed = new AtomicInteger();

    /** Pods in which a program came after one that was killed: one that had ended well would have none after it. */
    private final Set<String> begunAgain = ConcurrentHashMap.newKeySet();

    @Test
    void whateverTheInstantTheWholeSetIsThereInTheEnd(Tenant tenant) {
        tenant.policy(
                Tenant.POLICY,
                CommitTest.policy(CommitTest.EVERYTHING, Commit.OnSuccess).replace("cpu: 250m", "cpu: 60m"));
        try (NodeVolume volume = NodeVolume.of(tenant, CLAIM)) {
            Map<String, String> expected = new TreeMap<>();
            for (int wave = 0; killed.get() < KILLS; wave++) {
                assertThat(wave)
                        .as("waves, of which one is enough where committers live as long as they usually do")
                        .isLessThan(6);
                commitAll(tenant, volume, "w" + wave, expected);
            }
            assertThat(volume.files()).isEqualTo(expected);
            assertThat(begunAgain).as("sets that needed another committer").hasSizeGreaterThanOrEqualTo(BEGUN_AGAIN);
        }
    }

    /** Each run has a directory of its own. */
    private void commitAll(Tenant tenant, NodeVolume volume, String wave, Map<String, String> expected) {
        List<String> folders =
                IntStream.range(0, RUNS).mapToObj(at -> wave + "-" + at).toList();
        for (String folder : folders) {
            for (int file = 0; file < FILES; file++) {
                String path = folder + "/d" + file % 7 + "/f" + file;
                volume.with(path, "old\n");
                expected.put(path, "new " + file + "\n");
            }
            volume.with(folder + "/gone", "old\n");
            expected.put(folder + "/come", "new\n");
        }
        List<ToolRun> runs = folders.stream()
                .map(folder -> tenant.create(shell(
                                "awk 'BEGIN {for (i = 0; i < " + FILES
                                        + "; i++) {f = \"d\" i % 7 \"/f\" i; print \"new \" i > f; close(f)}}'; rm gone; echo new > come")
                        .withClaim(CLAIM, folder)
                        .withCommit(Commit.OnSuccess)))
                .toList();

        Map<String, Integer> kills = new HashMap<>();
        await().atMost(Tenant.PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            List<Pod> committers = tenant.pods().stream()
                    .filter(pod -> pod.getMetadata().getName().endsWith("-commit"))
                    .toList();
            committers.stream()
                    .filter(pod -> kills.getOrDefault(pod.getMetadata().getName(), 0) < KILLS_OF_A_RUN)
                    .forEach(pod -> NodeProcesses.program(pod, COMMITTER).stream()
                            .filter(met::add)
                            .forEach(process -> {
                                if (kills.merge(pod.getMetadata().getName(), 1, Integer::sum) > 1) {
                                    begunAgain.add(pod.getMetadata().getName());
                                }
                                killSoon(process);
                            }));
            return tenant.runs().stream()
                    .allMatch(run -> run.getStatus() != null
                            && Boolean.TRUE.equals(run.getStatus().settled()));
        });

        assertThat(runs)
                .allSatisfy(run -> assertThat(CommitTest.outcome(tenant.finished(run)))
                        .as(Names.committerName(run.getMetadata().getUid()))
                        .isEqualTo("True/Committed"));
    }

    private void killSoon(long process) {
        CompletableFuture.runAsync(
                () -> ProcessHandle.of(process)
                        .filter(ProcessHandle::destroyForcibly)
                        .ifPresent(hit -> killed.incrementAndGet()),
                CompletableFuture.delayedExecutor(random.nextInt(LATEST_MILLIS), TimeUnit.MILLISECONDS));
    }
}
