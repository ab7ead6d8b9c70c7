package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Metrics;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** As many runs of a policy at one time as it says, and not one more; the others in their order. */
@ClusterTest
class QueueTest {
    private static final String POLICY = """
            tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
            permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 300s}}}
            concurrency: {%s}
            """;

    @Test
    void theNextOneBeginsWhenOneEnds(Tenant tenant) {
        // Given two places, and two runs that have them
        tenant.policy(Tenant.POLICY, POLICY.formatted("active: 2"));
        ToolRun first = tenant.begun(shell("echo begun; sleep 300"));
        ToolRun second = tenant.begun(shell("echo begun; sleep 300"));

        // When a third one comes, and a fourth
        ToolRun third = tenant.until(tenant.create("third", shell("echo begun; sleep 300")), QueueTest::waits);
        ToolRun fourth = tenant.until(tenant.create("to-be-fourth", shell("echo begun; sleep 300")), QueueTest::waits);

        // Then they wait without a pod, and the policy says so
        assertThat(condition(third, "Finished").getReason()).isEqualTo("Queued");
        assertThat(third.getStatus().decision()).isNull();
        assertThat(tenant.pods()).hasSize(2);
        await().atMost(Tenant.PATIENCE).until(() -> {
            SandboxPolicy policy = tenant.client()
                    .resources(SandboxPolicy.class)
                    .inNamespace(tenant.namespace())
                    .withName(Tenant.POLICY)
                    .get();
            return policy.getStatus() != null
                    && policy.getStatus().runs() != null
                    && Integer.valueOf(2).equals(policy.getStatus().runs().active())
                    && Integer.valueOf(2).equals(policy.getStatus().runs().queued())
                    && third.getMetadata()
                            .getCreationTimestamp()
                            .equals(policy.getStatus().runs().oldestQueuedAt());
        });

        await().atMost(Tenant.PATIENCE)
                .until(() -> Metrics.value(Names.CONTROLLER, "cofferdam_runs_unfinished{phase=\"Queued\"}") >= 2);

        // And when one ends, the older one of them begins
        tenant.cancel(first);
        tenant.until(third, now -> !now.getStatus().attempts().isEmpty());
        ToolRun stillFourth = tenant.resource(fourth).get();
        assertThat(stillFourth.getStatus().phase()).isEqualTo(Phase.Queued);
        assertThat(stillFourth.getMetadata().getResourceVersion())
                .as("written once, however many begin before it")
                .isEqualTo(fourth.getMetadata().getResourceVersion());

        // And when one is deleted, which nobody tells, the next one does
        tenant.resource(second).delete();
        tenant.until(fourth, now -> !now.getStatus().attempts().isEmpty());
    }

    @Test
    void aNamespaceHasSoManyPlacesWhateverThePolicy(Tenant tenant) {
        // Given two places for all of the namespace, by the word of two policies
        tenant.policy(Tenant.POLICY, POLICY.formatted("activeInNamespace: 2"));
        tenant.policy("others", POLICY.formatted("activeInNamespace: 2"));
        ToolRun first = tenant.begun(shell("echo begun; sleep 300"));
        ToolRun second = tenant.begun(shell("echo begun; sleep 300").withPolicy("others"));

        // When a third one comes, and a fourth
        ToolRun third = tenant.until(
                tenant.create("third", shell("echo begun; sleep 300").withPolicy("others")), QueueTest::waits);
        ToolRun fourth = tenant.until(tenant.create("to-be-fourth", shell("echo begun; sleep 300")), QueueTest::waits);
        assertThat(tenant.pods()).hasSize(2);

        // Then the older one begins when one of the other policy ends, and the younger one does not
        tenant.cancel(first);
        tenant.until(third, now -> !now.getStatus().attempts().isEmpty());
        assertThat(tenant.resource(fourth).get().getStatus().phase()).isEqualTo(Phase.Queued);

        // And that one when one of its own does not go on
        tenant.cancel(second);
        tenant.until(fourth, now -> !now.getStatus().attempts().isEmpty());
    }

    @Test
    void neverMoreThanThePolicySays(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted("active: 3"));
        Set<String> told = ConcurrentHashMap.newKeySet();
        Instant begin = Instant.now();
        Set<String> most;
        try (var active = new ActiveRuns(tenant, Tenant.POLICY);
                var policies = tenant.client()
                        .resources(SandboxPolicy.class)
                        .inNamespace(tenant.namespace())
                        .inform(new Versions(told))) {
            List<ToolRun> runs = new ArrayList<>();
            for (int at = 0; at < 15; at++) {
                runs.add(tenant.create(shell("sleep 1")));
            }

            assertThat(runs)
                    .allSatisfy(run ->
                            assertThat(tenant.finished(run).getStatus().phase()).isEqualTo(Phase.Succeeded));
            most = active.most();
        }
        assertThat(most).as("each place is used").hasSize(3);
        long pauses = Duration.between(begin, Instant.now()).dividedBy(Duration.ofSeconds(10));
        assertThat(told)
                .as("how many are active is told every ten seconds at most; and it was created, and told of at once")
                .hasSizeLessThanOrEqualTo((int) pauses + 3);
    }

    /** What becomes of one object. */
    record Versions(Set<String> seen) implements ResourceEventHandler<SandboxPolicy> {
        @Override
        public void onAdd(SandboxPolicy policy) {
            seen.add(policy.getMetadata().getResourceVersion());
        }

        @Override
        public void onUpdate(SandboxPolicy before, SandboxPolicy policy) {
            seen.add(policy.getMetadata().getResourceVersion());
        }

        @Override
        public void onDelete(SandboxPolicy policy, boolean finalStateUnknown) {
            throw new AssertionError("nobody deletes it");
        }
    }

    @Test
    void whoCannotWaitIsTold(Tenant tenant) {
        // Given one place, and one that may wait for it
        String policy = POLICY.formatted("active: 1, queued: 1, queueTimeout: %s");
        tenant.policy(Tenant.POLICY, policy.formatted("1h"));
        ToolRun first = tenant.begun(shell("echo begun; sleep 300"));
        ToolRun patient = tenant.until(tenant.create("patient", shell("true")), QueueTest::waits);

        // When one more comes
        ToolRun late = tenant.run(shell("true"));

        // Then it is told at once, and the other one waits on
        assertThat(condition(late, "Finished").getReason()).isEqualTo("QueueFull");
        assertThat(waits(tenant.resource(patient).get())).isTrue();

        // And when nobody is to wait for so long any more, that one is told
        tenant.policy(Tenant.POLICY, policy.formatted("1s"));
        ToolRun tired = tenant.finished(patient);
        assertThat(condition(tired, "Finished").getReason()).isEqualTo("QueueTimedOut");

        assertThat(List.of(late, tired)).allSatisfy(run -> {
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(run.getStatus().error().retryable()).isTrue();
            assertThat(run.getStatus().attempts()).isEmpty();
            assertThat(condition(run, "Finished").getMessage()).contains("nothing ran");
        });
        assertThat(tenant.pods()).hasSize(1);
        tenant.cancel(first);
    }

    @Test
    void whatStopsAPolicyEndsThoseThatWait(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted("active: 1"));
        tenant.begun(shell("echo begun; sleep 300"));
        ToolRun cancelled = tenant.until(tenant.create(shell("true")), QueueTest::waits);
        ToolRun waiting = tenant.until(tenant.create(shell("true")), QueueTest::waits);

        tenant.cancel(cancelled);
        assertThat(condition(tenant.finished(cancelled), "Finished").getReason())
                .isEqualTo("Cancelled");
        tenant.policy(Tenant.POLICY, POLICY.formatted("active: 1") + "state: Suspended\n");

        ToolRun denied = tenant.finished(waiting);
        assertThat(denied.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(denied, "Finished").getReason()).isEqualTo("PolicySuspended");
        assertThat(tenant.pods()).hasSizeLessThanOrEqualTo(1);
    }

    static boolean waits(ToolRun run) {
        return run.getStatus() != null && run.getStatus().phase() == Phase.Queued;
    }
}
