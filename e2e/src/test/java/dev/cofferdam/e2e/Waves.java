package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Waves of ten runs, and a blow at a random instant of each wave's first seconds. A wave begins when the blow before it is over, whatever is left of the runs before. */
final class Waves {
    static final String POLICY = """
            tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
            permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 60s}}}
            """;
    private static final int WAVE = 10;

    /** Seeded, so that a failure can be tried again; the instants differ all the same, because the machine does. */
    private final Random random;

    Waves(long seed) {
        this.random = new Random(seed);
    }

    List<ToolRun> of(Tenant tenant, int waves, Runnable blow) {
        return of(tenant, waves, () -> {}, blow);
    }

    /**
     * Returns all runs, ended. None of them was started twice: that is counted from outside, by the containers that started.
     *
     * @param before is done before each wave
     */
    List<ToolRun> of(Tenant tenant, int waves, Runnable before, Runnable blow) {
        tenant.policy(Tenant.POLICY, POLICY);
        Set<String> started = ConcurrentHashMap.newKeySet();
        List<ToolRun> ended;
        try (var watch = tenant.client().pods().inNamespace(tenant.namespace()).inform(new StartedPods(started))) {
            List<ToolRun> created = new ArrayList<>();
            for (int wave = 0; wave < waves; wave++) {
                before.run();
                for (int i = 0; i < WAVE; i++) {
                    created.add(tenant.create(shell("echo begun; sleep 1; echo done")));
                }
                CompletableFuture.runAsync(
                                blow, CompletableFuture.delayedExecutor(random.nextInt(6_000), TimeUnit.MILLISECONDS))
                        .join();
            }
            ended = created.stream().map(tenant::finished).toList();
        }
        assertThat(ended)
                .allSatisfy(run -> assertThat(started.stream()
                                .filter(pod -> pod.startsWith(
                                        Names.POD_PREFIX + run.getMetadata().getUid()))
                                .count())
                        .as("how often a container of the run started")
                        .isLessThanOrEqualTo(1));
        return ended;
    }

    static void hasItsResult(ToolRun run) {
        assertThat(run.getStatus().phase())
                .as(Serialization.asYaml(run.getStatus()))
                .isEqualTo(Phase.Succeeded);
        assertThat(run.getStatus().result().stdout()).isEqualTo("begun\ndone\n");
        assertThat(run.getStatus().attempts()).hasSize(1);
    }
}
