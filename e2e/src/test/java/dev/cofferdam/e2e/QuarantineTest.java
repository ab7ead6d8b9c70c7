package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What runs when somebody quarantines its policy or its namespace stands still, is cut off, and is there to be looked at for as long as the policy has planned. */
@ClusterTest
@Order(ClusterTest.EARLY)
class QuarantineTest {
    private static final String POLICY = Tenant.TOOLS.replace("timeout: 300s", "timeout: 600s");

    /** Seconds; more than the minute for which the pod of any other run is kept. */
    private static final int KEPT = 90;

    /** A tool that writes as fast as it can, in two processes, and has an hour's worth of timers. */
    private static final String BUSY = """
            import os, signal, time
            os.fork()
            signal.signal(signal.SIGALRM, lambda *_: os.write(1, b'alarm\\n'))
            signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
            os.write(1, b'begun\\n')
            while True:
                os.write(1, b'on\\n')
                time.sleep(0.1)
            """;

    @Test
    void whatRunsIsFrozenAndKeptAndWhatComesIsRefused(Tenant tenant) {
        // Given a tool that runs, and one that waits
        String policy = POLICY + "quarantine: {keep: " + KEPT + "s}\n" + "concurrency: {active: 1}\n";
        tenant.policy(Tenant.POLICY, policy);
        ToolRun running = tenant.begun(tool("python", BUSY));
        ToolRun waiting = tenant.create(shell("true"));
        tenant.until(waiting, run -> run.getStatus() != null && run.getStatus().phase() == Phase.Queued);

        // When
        tenant.policy(Tenant.POLICY, policy + "state: Quarantined\n");

        // Then it is over, and nothing of it goes on
        ToolRun frozen = tenant.finished(running);
        assertThat(frozen.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(condition(frozen, "Finished").getReason()).isEqualTo("Quarantined");
        assertThat(condition(frozen, "Finished").getMessage()).contains("frozen", "its pod is kept");
        assertThat(frozen.getStatus().result().outcome()).isEqualTo(Outcome.Frozen);
        assertThat(frozen.getStatus().result().stopReason()).isEqualTo("Quarantined");
        assertThat(frozen.getStatus().error().retryable()).isFalse();
        assertThat(log(tenant, frozen)).contains("begun");

        // And others are refused, and nobody gets in
        assertThat(condition(tenant.finished(waiting), "Finished").getReason()).isEqualTo("PolicySuspended");
        ToolRun refused = tenant.run(shell("true"));
        assertThat(refused.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(refused, "Admitted").getMessage()).contains("is Quarantined");
        assertThat(tenant.kubectl("exec", podName(frozen), "--", "true").exitCode())
                .isNotZero();

        // And its pod is there, longer than that of any other run, and silent once its log has all that it had written
        AtomicReference<String> before = new AtomicReference<>("");
        await().atMost(Tenant.PATIENCE).during(Duration.ofSeconds(5)).until(() -> {
            String now = log(tenant, frozen);
            return now.equals(before.getAndSet(now));
        });
        assertThat(tenant.pod(frozen))
                .get()
                .satisfies(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo("Running"));

        // And goes when its time is over, and not earlier, as any other would; and its run stays
        await().atMost(Tenant.PATIENCE).until(() -> tenant.pod(frozen).isEmpty());
        assertThat(Instant.now())
                .isAfterOrEqualTo(Instant.parse(condition(frozen, "Finished").getLastTransitionTime())
                        .plusSeconds(KEPT));
        assertThat(tenant.resource(frozen).get().getStatus().phase()).isEqualTo(Phase.Cancelled);

        // And when it is Active again, what was frozen stays so
        tenant.policy(Tenant.POLICY, policy);
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(condition(tenant.finished(running), "Finished").getReason()).isEqualTo("Quarantined");
    }

    @Test
    void aNamespaceIsQuarantinedByItsLabel(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);
        ToolRun running = tenant.begun(tool("python", BUSY));

        assertThat(Kubectl.kubectl("label", "namespace", tenant.namespace(), "cofferdam.dev/state=Quarantined")
                        .exitCode())
                .isZero();

        ToolRun frozen = tenant.finished(running);
        assertThat(frozen.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(condition(frozen, "Finished").getReason()).isEqualTo("Quarantined");
        assertThat(frozen.getStatus().result().outcome()).isEqualTo(Outcome.Frozen);
        assertThat(condition(tenant.run(shell("true")), "Admitted").getReason()).isEqualTo("NamespaceSuspended");
        // Without a plan it is kept until its pod's own deadline.
        Pod pod = tenant.pod(frozen).orElseThrow();
        assertThat(pod.getMetadata().getDeletionTimestamp()).isNull();
        assertThat(pod.getStatus().getPhase()).isEqualTo("Running");
    }

    /** The kubelet's deadline is further away where there is a plan; the tool's time is not. */
    @Test
    void aPlanGivesNoToolMoreTime(Tenant tenant) {
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 2s") + "quarantine: {keep: 1h}\n");

        ToolRun run = tenant.run(shell("sleep 600"));

        assertThat(condition(run, "Finished").getReason()).isEqualTo("TimedOut");
        assertThat(run.getStatus().effective().quarantineKeepMillis()).isEqualTo(3_600_000L);
    }

    private static String podName(ToolRun run) {
        return run.getStatus().attempts().getLast().podName();
    }

    private static String log(Tenant tenant, ToolRun run) {
        return tenant.log(podName(run));
    }
}
