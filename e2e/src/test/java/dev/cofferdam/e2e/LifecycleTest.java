package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From creation to removal: stop, deletion, what stays, and for how long. */
@ClusterTest
@Order(ClusterTest.EARLY)
class LifecycleTest {
    private static final String LONG = "echo begun; sleep 300";

    @Test
    void cancelStopsTheToolAndSaysSo(Tenant tenant) {
        // Given
        tenant.withTools();
        ToolRun run = tenant.begun(shell("trap '' TERM; " + LONG));

        // When
        tenant.cancel(run);

        // Then
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("Cancelled");
        assertThat(condition(ended, "Succeeded").getStatus()).isEqualTo("False");
        assertThat(ended.getStatus().result().stdout())
                .as("what the tool had said is kept")
                .isEqualTo("begun\n");
        noPodRuns(tenant);
    }

    @Test
    void cancelBeforeTheStartMeansThatNothingRan(Tenant tenant) {
        tenant.withTools();
        ToolRun run = tenant.create(shell("echo ran"));
        tenant.cancel(run);

        ToolRun ended = tenant.finished(run);

        // The tool may have been quicker than the cancel; then its result stands.
        assertThat(ended.getStatus().phase()).isIn(Phase.Cancelled, Phase.Succeeded);
        noPodRuns(tenant);
    }

    /** kubectl believes no condition of a generation before the newest: whoever cancels and then waits must not wait for ever, whichever came first. */
    @Test
    void whoCancelsAndWaitsIsToldOfTheEnd(Tenant tenant) {
        tenant.withTools();

        // Given a run that was cancelled while it ran
        ToolRun cancelled = tenant.begun(shell(LONG));
        tenant.cancel(cancelled);
        waited(tenant, cancelled, "Finished");
        waited(tenant, cancelled, "Admitted");

        // When another one is cancelled that had ended
        ToolRun ended = tenant.run(shell("true"));
        Kubectl.Answer late = tenant.cancel(ended);

        // Then it is told so, and the end can still be waited for
        assertThat(late.exitCode()).as(late.text()).isNotZero();
        assertThat(late.text()).contains("the run is settled: it has ended, and nothing is left to cancel");
        waited(tenant, ended, "Finished");
        assertThat(tenant.cancel(cancelled).exitCode())
                .as("what is asked for once more changes nothing")
                .isZero();
        waited(tenant, cancelled, "Finished");
    }

    private static void waited(Tenant tenant, ToolRun run, String condition) {
        Kubectl.Answer answer = tenant.kubectl(
                "wait", "toolrun", run.getMetadata().getName(), "--for=condition=" + condition, Kubectl.PATIENCE);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }

    @Test
    void suspendingThePolicyStopsItsRuns(Tenant tenant) {
        tenant.withTools();
        ToolRun run = tenant.begun(shell(LONG));

        tenant.policy(Tenant.POLICY, Tenant.TOOLS + "state: Suspended\n");

        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("Suspended");
        noPodRuns(tenant);
    }

    @Test
    void aDeletedRunTakesItsPodWithItAndItsEndIsOnRecord(Tenant tenant) {
        // Given
        tenant.withTools();
        ToolRun run = tenant.begun(shell(LONG));

        // When
        tenant.kubectl("delete", "trun", run.getMetadata().getName());

        // Then
        noPodRuns(tenant);
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(AuditStream.of("cofferdam-gateway", run))
                        .extracting(event -> event.get("action"))
                        .contains("start", "exit"));
    }

    /** As somebody has it who wants to read each run before it goes. */
    @Test
    void aDeletedRunThatAFinalizerKeepsIsStoppedAndGivesBackWhatItHas(Tenant tenant) {
        // Given a run, one that waits for its place, and one that waits for its outcome
        tenant.policy(Tenant.POLICY, Tenant.TOOLS + "concurrency: {active: 1}\n");
        ToolRun run = tenant.begun(shell(LONG).withKey("once"));
        ToolRun next = tenant.create(shell("true"));
        ToolRun same = tenant.create(shell(LONG).withKey("once"));
        finalizers(tenant, run, "[\"example.com/reader\"]");
        try {
            // When
            tenant.kubectl("delete", "trun", run.getMetadata().getName(), "--wait=false");

            // Then
            ToolRun ended = tenant.finished(run);
            assertThat(ended.getMetadata().getDeletionTimestamp()).isNotNull();
            assertThat(ended.getStatus().phase()).isEqualTo(Phase.Cancelled);
            assertThat(condition(ended, "Finished").getReason()).isEqualTo("Deleted");
            assertThat(tenant.finished(next).getStatus().phase()).isEqualTo(Phase.Succeeded);
            ToolRun replayed = tenant.finished(same);
            assertThat(replayed.getStatus().replayOf().uid())
                    .isEqualTo(run.getMetadata().getUid());
            assertThat(condition(replayed, "Finished").getReason()).isEqualTo("Deleted");
        } finally {
            finalizers(tenant, run, "null");
        }
        await().atMost(Tenant.PATIENCE).until(() -> tenant.resource(run).get() == null);
    }

    private static void finalizers(Tenant tenant, ToolRun run, String finalizers) {
        assertThat(tenant.kubectl(
                                "patch",
                                "trun",
                                run.getMetadata().getName(),
                                "--type=merge",
                                "-p",
                                "{\"metadata\":{\"finalizers\":" + finalizers + "}}")
                        .exitCode())
                .isZero();
    }

    @Test
    void aDeletedPodIsNoLostRun(Tenant tenant) {
        tenant.withTools();
        ToolRun run = tenant.begun(shell(LONG));

        tenant.kubectl(
                "delete",
                "pod",
                "--grace-period=0",
                "--force",
                run.getStatus().sandbox().podName());

        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isIn(Phase.Unknown, Phase.Failed);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("PodDeleted");
        assertThat(ended.getStatus().attempts())
                .as("a tool that is not idempotent is not run again")
                .hasSize(1);
    }

    @Test
    void podsThatAreDeletedByForceAtAnyInstantAreNoLostRuns(Tenant tenant) {
        List<ToolRun> runs = new Waves(20_260_103)
                .of(
                        tenant,
                        2,
                        () -> tenant.kubectl("delete", "pod", "--all", "--force", "--grace-period=0", "--wait=false"));

        // Then each either has its result, or says that nobody knows
        assertThat(runs).hasSize(20).allSatisfy(run -> {
            if (run.getStatus().result() == null) {
                assertThat(run.getStatus().phase()).isIn(Phase.Unknown, Phase.Failed);
                assertThat(condition(run, "Finished").getReason()).isEqualTo("PodDeleted");
            }
        });
    }

    @Test
    void timeToLiveRemovesAFinishedRun(Tenant tenant) {
        tenant.withTools();
        ToolRun kept = tenant.run(shell("true"));
        ToolRun run = tenant.run(shell("true").withTtl("1s"));

        await().atMost(Tenant.PATIENCE).until(() -> tenant.resource(run).get() == null);
        assertThat(tenant.resource(kept).get()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "exit 0,300s,Succeeded,tools",
        "exit 1,300s,Failed,tools",
        "sleep 60,2s,TimedOut,tools",
        "kill -9 $$,300s,Failed,tools",
        "true,300s,Denied,no-such-policy"
    })
    void kubectlWaitReturnsForEveryOutcome(String script, String timeout, String phase, String policy, Tenant tenant) {
        tenant.withTools();
        ToolRun run = tenant.create(shell(script).withTimeout(timeout).withPolicy(policy));

        waited(tenant, run, "Finished");
        assertThat(tenant.resource(run).get().getStatus().phase().name()).isEqualTo(phase);
    }

    @Test
    void kubectlGetAnswersTheFirstQuestions(Tenant tenant) {
        tenant.withTools();
        ToolRun run = tenant.run(shell("exit 42"));

        List<String> lines = tenant.kubectl("get", "trun", run.getMetadata().getName())
                .text()
                .lines()
                .toList();

        assertThat(lines.getFirst().split("\\s+"))
                .containsExactly("NAME", "PHASE", "REASON", "TOOL", "EXIT", "DURATION(MS)", "AGE");
        assertThat(lines.get(1).split("\\s+"))
                .startsWith(run.getMetadata().getName(), "Failed", "ExitedNonZero", "sh", "42");
    }

    @Test
    void aFinishedRunsPodGoesAfterItsRetention(Tenant tenant) {
        tenant.withTools();
        ToolRun run = tenant.run(tool("true"));
        assertThat(tenant.pod(run)).as("kept for kubectl logs").isPresent();

        await().atMost(Tenant.PATIENCE).until(() -> tenant.pod(run).isEmpty());
        assertThat(tenant.resource(run).get()).isNotNull();
    }

    private static void noPodRuns(Tenant tenant) {
        await().atMost(Tenant.PATIENCE)
                .until(() -> tenant.pods().stream()
                        .noneMatch(pod -> pod.getStatus().getPhase().equals("Running")
                                || pod.getStatus().getPhase().equals("Pending")));
    }
}
