package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Waves of ten runs, and a blow at a random instant of each wave, while most of it goes on. A wave begins when the blow before it is over, whatever is left of the runs before. Their tool may not run
 * twice.
 */
final class Waves {
    static final String POLICY = """
            tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
            permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 300s}}}
            """;

    /** The same, by the image that has a bash. */
    private static final String REACHING_OUT = """
            tools: [{name: sh, image: cofferdam.local/python:1, command: [bash, -c]}]
            permissions: {exec: {allow: [{command: sleep}]}, network: {allow: [%s]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 300s}}}
            """;

    private static final int WAVE = 10;

    /** So many of a wave have ended when it is struck, at most: the others are met. In seconds that would be another share of it on each machine. */
    private static final int ENDED_MOST = 5;

    private static final int LATEST_MILLIS = 1_000;

    /** The last of a wave outlasts the blow, also where the others are all through in no time, or this machine has none for the blow. */
    private static final int LAST_SECONDS = 10;

    /** Seeded, so that a failure can be tried again; the instants differ all the same, because the machine does. */
    private final Random random;

    private final Optional<Outsider> outsider;

    Waves(long seed) {
        this(seed, Optional.empty());
    }

    /** @param outsider to whom each run does something, once */
    Waves(long seed, Outsider outsider) {
        this(seed, Optional.of(outsider));
    }

    private Waves(long seed, Optional<Outsider> outsider) {
        this.random = new Random(seed);
        this.outsider = outsider;
    }

    /** What a run does that goes on for so long, or a little longer. */
    String script(int seconds) {
        return "echo begun; " + outsider.map(there -> there.deed() + "; ").orElse("") + "sleep " + seconds
                + "; echo done";
    }

    /** What they may. */
    String policy() {
        return outsider.map(there -> REACHING_OUT.formatted(there.rule())).orElse(POLICY);
    }

    List<ToolRun> of(Tenant tenant, int waves, Runnable blow) {
        return of(tenant, waves, () -> {}, blow);
    }

    /**
     * Returns all runs, ended. None of them was started twice: that is counted from outside, by the containers that started, and by the outsider.
     *
     * @param before is done before each wave
     */
    List<ToolRun> of(Tenant tenant, int waves, Runnable before, Runnable blow) {
        tenant.policy(Tenant.POLICY, policy());
        Set<String> started = ConcurrentHashMap.newKeySet();
        List<ToolRun> ended;
        try (var watch = tenant.client().pods().inNamespace(tenant.namespace()).inform(new StartedPods(started))) {
            List<ToolRun> created = new ArrayList<>();
            List<Integer> met = new ArrayList<>();
            for (int wave = 0; wave < waves; wave++) {
                before.run();
                List<ToolRun> ten = Stream.concat(
                                Stream.generate(() -> script(1)).limit(WAVE - 1), Stream.of(script(LAST_SECONDS)))
                        .map(script -> tenant.create(shell(script)))
                        .toList();
                created.addAll(ten);
                // The first of several blows comes early: what is under way beside the waves is to be met, too
                int over = wave == 0 && waves > 1 ? 0 : random.nextInt(ENDED_MOST + 1);
                await().atMost(Tenant.PATIENCE).until(() -> WAVE - unfinished(tenant, ten) >= over);
                CompletableFuture.runAsync(
                                () -> {
                                    met.add(unfinished(tenant, created));
                                    blow.run();
                                },
                                CompletableFuture.delayedExecutor(random.nextInt(LATEST_MILLIS), TimeUnit.MILLISECONDS))
                        .join();
            }
            // One may come just after the last has ended
            assertThat(met)
                    .as("how many runs went on when the blow came")
                    .hasSize(waves)
                    .filteredOn(count -> count > 0)
                    .hasSizeGreaterThan(waves / 2);
            ended = created.stream().map(tenant::finished).toList();
        }
        assertThat(ended).allSatisfy(run -> {
            assertThat(StartedPods.of(started, run))
                    .as("how often a container of the run started")
                    .isLessThanOrEqualTo(1);
            assertThat(times(run))
                    .as("how often it was done, by whom it was done to")
                    .isLessThanOrEqualTo(1);
        });
        return ended;
    }

    private int times(ToolRun run) {
        return outsider.map(there -> there.times(run)).orElse(0);
    }

    /** It has its result, and what it did was done. */
    void didItsDeed(ToolRun run) {
        hasItsResult(run);
        assertThat(times(run))
                .as("how often it was done, by whom it was done to")
                .isEqualTo(1);
    }

    /** How many of these have not ended yet. */
    static int unfinished(Tenant tenant, Collection<ToolRun> runs) {
        Set<String> meant = runs.stream().map(run -> run.getMetadata().getUid()).collect(Collectors.toSet());
        return (int) tenant.runs().stream()
                .filter(run -> meant.contains(run.getMetadata().getUid()))
                .filter(run -> run.getStatus() == null
                        || run.getStatus().conditions().stream()
                                .noneMatch(condition -> condition.getType().equals("Finished")
                                        && condition.getStatus().equals("True")))
                .count();
    }

    static void hasItsResult(ToolRun run) {
        assertThat(run.getStatus().phase())
                .as(Serialization.asYaml(run.getStatus()))
                .isEqualTo(Phase.Succeeded);
        assertThat(run.getStatus().result().stdout()).isEqualTo("begun\ndone\n");
        assertThat(run.getStatus().attempts()).hasSize(1);
    }
}
