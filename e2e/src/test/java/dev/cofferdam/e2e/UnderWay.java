package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** What is under way, under a policy of its own, and how it has to end, whatever becomes of the controller meanwhile. */
interface UnderWay {
    List<ToolRun> runs();

    /** Waits for the end. */
    void endsAsItShould();

    /** Calls under ten keys, four of each: every call is executed once, and has one answer. */
    final class KeyedCalls implements UnderWay {
        private static final String POLICY = "keys";
        private static final int KEYS = 10;
        private static final int CALLS = 4;

        private final Set<String> started = ConcurrentHashMap.newKeySet();
        private final List<ToolRun> runs = new ArrayList<>();
        private final Tenant tenant;
        private final SharedIndexInformer<?> watch;

        KeyedCalls(Tenant tenant) {
            this.tenant = tenant;
            tenant.policy(POLICY, Waves.POLICY);
            watch = tenant.client().pods().inNamespace(tenant.namespace()).inform(new StartedPods(started));
            for (int call = 0; call < CALLS * KEYS; call++) {
                runs.add(tenant.create(
                        shell("sleep 2; echo once").withPolicy(POLICY).withKey("key-" + call % KEYS)));
            }
        }

        @Override
        public List<ToolRun> runs() {
            return runs;
        }

        @Override
        public void endsAsItShould() {
            List<ToolRun> ended = runs.stream().map(tenant::finished).toList();
            Map<String, List<ToolRun>> byKey = ended.stream()
                    .collect(Collectors.groupingBy(run -> run.getSpec().idempotencyKey()));
            assertThat(byKey).hasSize(KEYS).allSatisfy((key, same) -> {
                assertThat(same).hasSize(CALLS).allSatisfy(run -> {
                    assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
                    assertThat(run.getStatus().result())
                            .isEqualTo(same.getFirst().getStatus().result());
                });
                assertThat(same)
                        .filteredOn(run -> run.getStatus().replayOf() == null)
                        .hasSize(1);
            });
            assertThat(ended.stream().mapToLong(run -> StartedPods.of(started, run)))
                    .filteredOn(starts -> starts > 0)
                    .hasSize(KEYS)
                    .containsOnly(1L);
            watch.close();
        }
    }

    /** Eight runs for two places: there are never more at a time, and all get theirs. */
    final class FewPlaces implements UnderWay {
        private static final String POLICY = "places";
        private static final int PLACES = 2;
        private static final int RUNS = 8;

        private final List<ToolRun> runs = new ArrayList<>();
        private final Tenant tenant;
        private final ActiveRuns active;

        FewPlaces(Tenant tenant) {
            this.tenant = tenant;
            tenant.policy(POLICY, Waves.POLICY + "concurrency: {active: " + PLACES + ", queueTimeout: 1h}\n");
            active = new ActiveRuns(tenant, POLICY);
            for (int call = 0; call < RUNS; call++) {
                runs.add(tenant.create(shell("sleep 1").withPolicy(POLICY)));
            }
        }

        @Override
        public List<ToolRun> runs() {
            return runs;
        }

        @Override
        public void endsAsItShould() {
            assertThat(runs)
                    .allSatisfy(run ->
                            assertThat(tenant.finished(run).getStatus().phase()).isEqualTo(Phase.Succeeded));
            assertThat(active.most()).hasSizeBetween(1, PLACES);
            active.close();
        }
    }

    /** A run between two attempts: it has its other one, and no earlier than without the blow. */
    final class Retried implements UnderWay {
        private static final String POLICY = "retried";
        private static final Duration DELAY = Duration.ofSeconds(90);

        private final Tenant tenant;
        private final ToolRun run;

        Retried(Tenant tenant) {
            this.tenant = tenant;
            tenant.policy(POLICY, """
                    tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c], idempotent: true}]
                    permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 300s}}}
                    retry: {maxAttempts: 2, initialDelay: %1$ds, maxDelay: %1$ds, jitter: 0}
                    """.formatted(DELAY.toSeconds()));
            RunRequest request = shell("sleep 300").withPolicy(POLICY).withTimeout("1s");
            run = tenant.until(
                    tenant.create(request),
                    now -> now.getStatus() != null
                            && now.getStatus().attempts().size() == 1
                            && now.getStatus().attempts().getFirst().finishedAt() != null);
        }

        @Override
        public List<ToolRun> runs() {
            return List.of(run);
        }

        @Override
        public void endsAsItShould() {
            List<Attempt> attempts = tenant.finished(run).getStatus().attempts();
            assertThat(attempts).extracting(Attempt::reason).containsExactly("TimedOut", "TimedOut");
            assertThat(Duration.between(
                            Instant.parse(attempts.getFirst().finishedAt()),
                            Instant.parse(attempts.getLast().finishedAt())))
                    .isGreaterThan(DELAY);
        }
    }
}
