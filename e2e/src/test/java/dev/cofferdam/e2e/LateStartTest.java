package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Execution;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Pods that are there long before they are claimed, because the API server takes no claim for a while. */
@ClusterTest
class LateStartTest {
    /** A sixth of the time in which a container has to start, and a second for clocks. */
    private static final Duration LATE = Duration.ofSeconds(11);

    /** Who decides that nothing ran may have an old word of the kubelet's; of a job that was handed out, nobody may come to that. */
    @Test
    void aJobThatIsHandedOutLateIsOnRecordBeforeItsToolIsTold(Tenant tenant) {
        // Given a pod that has had a node for so long
        tenant.withTools();
        ToolRun run;
        Pod pod;
        try (OpenedGate _ = OpenedGate.withoutClaims(tenant)) {
            run = tenant.create(shell("echo begun; sleep 10"));
            pod = await().atMost(Tenant.PATIENCE)
                    .until(() -> tenant.pod(run).filter(there -> isLate(there)), Optional::isPresent)
                    .orElseThrow();
        }

        // When it is claimed; then, while its tool is at work, and although nothing was denied to it
        Execution handedOut = await().atMost(Tenant.PATIENCE)
                .until(
                        () -> tenant.resource(run).get().getStatus(),
                        status -> status != null && status.execution() != null)
                .execution();
        assertThat(handedOut.podUID()).isEqualTo(pod.getMetadata().getUid());
        assertThat(handedOut.startedAt()).as("nobody has said that yet").isNull();

        // And the fact takes its place
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(ended.getStatus().attempts()).hasSize(1);
        assertThat(ended.getStatus().execution().startedAt()).isNotBlank();
    }

    /** The end may not be stored because a claim was, whose answer was lost: the pod that would be taken away has a tool at work. */
    @Test
    void aPodThatWasMadeInVainIsTakenAwayOnlyWhenTheEndIsStored(Tenant tenant) {
        // Given a pod without a claim
        tenant.withTools();
        ToolRun run;
        try (OpenedGate _ = OpenedGate.withoutClaims(tenant)) {
            run = tenant.create(shell("echo ran"));
            await().atMost(Tenant.PATIENCE).until(() -> tenant.pod(run).isPresent());

            // When its run is to be denied, and no end of it can be stored
            tenant.policy(Tenant.POLICY, Tenant.TOOLS + "state: Suspended\n");

            // Then it stays: longer than a change of the policy and the next look take
            await().during(Duration.ofSeconds(8))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> tenant.pod(run)
                            .filter(there -> there.getMetadata().getDeletionTimestamp() == null)
                            .isPresent());
            assertThat(tenant.resource(run).get().getStatus()).isNull();
        }
        ToolRun ended = tenant.finished(run);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("PolicySuspended");
        await().atMost(Tenant.PATIENCE).until(() -> tenant.pod(run).isEmpty());
    }

    private static boolean isLate(Pod pod) {
        return pod.getStatus() != null
                && pod.getStatus().getConditions().stream()
                        .filter(condition ->
                                "PodScheduled".equals(condition.getType()) && "True".equals(condition.getStatus()))
                        .map(PodCondition::getLastTransitionTime)
                        .map(Instant::parse)
                        .anyMatch(at -> at.plus(LATE).isBefore(Instant.now()));
    }
}
