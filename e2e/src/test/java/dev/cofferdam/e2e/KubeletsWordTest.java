package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.NodeProcesses;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When no facts come, the kubelet's word ends the run. These tests reach for the sandbox's own process, so they need the node to be this machine. */
@ClusterTest
@Order(ClusterTest.EARLY)
@Tag("local")
class KubeletsWordTest {
    @Test
    void aSandboxThatCrashesIsItsOwnOutcome(Tenant tenant, @TempDir Path folder) {
        // Given a running tool, which may be run twice where that is no matter of security
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("{name: sh,", "{name: sh, idempotent: true,"));
        ToolRun run = tenant.begun(shell("echo begun; sleep 300"));

        // When the sandbox's kernel dies
        NodeProcesses.signal("KILL", NodeProcesses.sandbox(tenant.pod(run).orElseThrow()));

        // Then
        ToolRun ended = tenant.finished(run);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("SandboxCrashed");
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(ended.getStatus().attempts()).hasSize(1);

        // And on record it has an end, by those who were not killed
        await().atMost(Tenant.PATIENCE).untilAsserted(() -> {
            List<Map<String, Object>> gateway = AuditStream.of(Names.GATEWAY, ended);
            assertThat(gateway)
                    .extracting(event -> event.get("action") + " " + event.get("result"))
                    .startsWith("start Allowed")
                    .endsWith("exit Error");
            VerifiedAudit verified = VerifiedAudit.of(
                    tenant,
                    Stream.of(Names.CONTROLLER, Names.GATEWAY)
                            .flatMap(part -> AuditStream.lines(part, ended).stream())
                            .toList(),
                    folder);
            assertThat(verified.verdicts().values())
                    .as(verified.text())
                    .hasSize(2)
                    .allMatch(VerifiedAudit::isWhole);
        });
    }

    @Test
    void aSandboxThatStandsStillIsGivenUp(Tenant tenant) {
        // Given a tool with a short time, in a sandbox that then stands still: nobody inside keeps the time, and the
        // kubelet cannot end it either
        tenant.withTools();
        ToolRun run = tenant.begun(shell("echo begun; sleep 300").withTimeout("30s"));
        Pod pod = tenant.pod(run).orElseThrow();
        NodeProcesses.signal("STOP", NodeProcesses.sandbox(pod));
        try {
            // When its pod's deadline has passed, and what the kubelet is given beyond it, which is made to come soon;
            // and an edit has the controller look, who knew of a later one
            givenLittleTime(tenant, pod);
            tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 301s"));
            ToolRun ended = tenant.finished(run);

            // Then nobody pretends to know how it ended
            assertThat(condition(ended, "Finished").getReason()).isIn("NodeLost", "DeadlineExceeded");
            assertThat(ended.getStatus().phase()).isIn(Phase.Unknown, Phase.TimedOut);
            assertThat(ended.getStatus().result()).isNull();
        } finally {
            NodeProcesses.signal("KILL", NodeProcesses.sandbox(pod));
        }
    }

    @Test
    void thePodsDeadlineIsABackstop(Tenant tenant) {
        // Given a tool whose pod gets less time than the tool itself
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 600s"));
        ToolRun run = tenant.begun(shell("echo begun; sleep 600").withTimeout("600s"));

        // When, which stands for a supervisor that keeps the time badly
        givenLittleTime(tenant, tenant.pod(run).orElseThrow());

        // Then
        ToolRun ended = tenant.finished(run);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("DeadlineExceeded");
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.TimedOut);
        assertThat(ended.getStatus().exitCode()).isEqualTo(124);
    }

    /** Where there is no claim there was no job. What that pod said of its end, were it heard, could be anybody's word. */
    @Test
    void whatEndsBeforeItIsClaimedHasRunNothingAndIsMadeAnew(Tenant tenant) {
        tenant.withTools();
        ToolRun run;
        Pod first;
        try (OpenedGate _ = OpenedGate.withoutClaims(tenant)) {
            // Given a pod that the controller has made, and cannot claim
            run = tenant.create(shell("echo once"));
            first = pod(tenant, run, pod -> isIn("Running", pod));

            // When it ends
            NodeProcesses.signal("KILL", NodeProcesses.sandbox(first));
            // One that has failed is there for a moment only, if at all: without a claim it is cleared away at once
            pod(
                    tenant,
                    run,
                    pod -> isIn("Failed", pod)
                            || !pod.getMetadata()
                                    .getUid()
                                    .equals(first.getMetadata().getUid()));
            assertThat(tenant.resource(run).get().getStatus()).isNull();
        }

        // Then another one takes its place, and its tool runs
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(ended.getStatus().result().stdout()).isEqualTo("once\n");
        assertThat(ended.getStatus().attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.podName()).isEqualTo(first.getMetadata().getName());
            assertThat(attempt.podUID()).isNotEqualTo(first.getMetadata().getUid());
        });
    }

    /** By the one account that may change a sandbox pod. */
    private static void givenLittleTime(Tenant tenant, Pod pod) {
        assertThat(tenant.kubectl(
                                "--as=system:serviceaccount:kube-system:generic-garbage-collector",
                                "patch",
                                "pod",
                                pod.getMetadata().getName(),
                                "-p",
                                "{\"spec\":{\"activeDeadlineSeconds\":1}}")
                        .exitCode())
                .isZero();
    }

    private static boolean isIn(String phase, Pod pod) {
        return pod.getStatus() != null && phase.equals(pod.getStatus().getPhase());
    }

    private static Pod pod(Tenant tenant, ToolRun run, Predicate<Pod> which) {
        return await().atMost(Tenant.PATIENCE)
                .until(() -> tenant.pod(run).filter(which), Optional::isPresent)
                .orElseThrow();
    }
}
