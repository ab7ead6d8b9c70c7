package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.Execution;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.SupervisorSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.Golden;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.observe.Observation.Started;
import dev.cofferdam.policy.Decider;
import dev.cofferdam.policy.PolicyCompiler;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.policy.Served;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReducerTest {
    private static final Path PLAN = Path.of("src/test/resources/plan");
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.6Z");

    private ToolRun run;
    private Ruling.Granted granted;

    @BeforeEach
    void aRun() throws IOException {
        run = Golden.read(PLAN.resolve("in-run.yaml"), ToolRun.class);
        var policy = Golden.read(PLAN.resolve("in-policy.yaml"), dev.cofferdam.api.v1alpha1.SandboxPolicy.class);
        granted =
                (Ruling.Granted) Decider.decide(Optional.of(PolicyCompiler.compile(policy, Served.NOW)), run.getSpec());
    }

    @Test
    void theClaimCarriesDecisionGrantsAndPodInOneStatus() {
        Reduction claim = claim(1);

        assertThat(claim.status().phase()).isEqualTo(Phase.Starting);
        assertThat(claim.status().decision().policyVersion()).isEqualTo(granted.policyVersion());
        assertThat(claim.status().effective()).isEqualTo(granted.effective());
        assertThat(claim.status().attempts()).extracting(Attempt::podUID).containsExactly("pod-1");
        assertThat(claim.status().settled()).isNull();
        assertThat(events(claim))
                .extracting(e -> e.action())
                .containsExactly("decide", "set", "grant", "grant", "claim");
        assertThat(claim.lines()).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | false",
                "phase: Running | false",
                "decision: {verdict: Allowed} | false",
                "phase: FromTheFuture | true",
                "decision: {verdict: FromTheFuture} | true"
            })
    void knowsWhatAnotherVersionHasInHand(String status, boolean another) {
        assertThat(Reducer.isOfAnotherVersion(Serialization.unmarshal(status, ToolRunStatus.class)))
                .isEqualTo(another);
    }

    @Test
    void anotherAttemptBeginsWhenItIsOnRecordHowTheOneBeforeEnded() {
        run.setStatus(claim(1).status());

        Observation.Again again = new Observation.Again(
                new Observation.Lost(Reason.Evicted, "evicted", Started.Yes, "sha256:aa"), NOW.plusMillis(90));
        Reduction waiting = Reducer.reduce(run, again, true, NOW);

        assertThat(waiting.ended()).isFalse();
        assertThat(waiting.status().phase()).isEqualTo(Phase.Pending);
        assertThat(waiting.status().attempts()).extracting(Attempt::finishedAt).containsExactly(NOW.toString());
        assertThat(waiting.status().error()).isNull();
        assertThat(waiting.lines()).singleElement().asString().contains("\"action\":\"retry\"", "\"Evicted\"");
        assertThat(Observation.due(again, NOW)).contains(Duration.ofMillis(90));

        run.setStatus(waiting.status());
        assertThat(Reducer.reduce(run, again, true, NOW.plusMillis(50)).status())
                .as("nothing is written while the delay lasts")
                .isEqualTo(waiting.status());

        Reduction second = claim(2);

        assertThat(second.status().decision()).isEqualTo(run.getStatus().decision());
        assertThat(second.status().attempts()).extracting(Attempt::reason).containsExactly("Evicted", null);
        assertThat(second.status().sandbox().podUID()).isEqualTo("pod-2");
        assertThat(second.status().phase()).isEqualTo(Phase.Starting);
        assertThat(second.lines()).singleElement().asString().contains("\"seq\":7,");
    }

    @Test
    void whereTheNextAttemptCannotBeTheRunEndsAsTheLastOneDid() {
        run.setStatus(claim(1).status());
        Observation.Lost lost = new Observation.Lost(Reason.Evicted, "evicted", Started.Yes, "");

        Reduction ended = Reducer.reduce(run, new Observation.NoMore(lost, "the quota is used up"), true, NOW);

        assertThat(ended.ended()).isTrue();
        assertThat(ended.status().phase()).isEqualTo(Phase.Failed);
        assertThat(ended.status().error().message())
                .endsWith("; the tool may have run, in part or whole; no further attempt: the quota is used up");
    }

    @Test
    void aPolicyIsToBlameForAnImageThatIsItsOwn() {
        run.setStatus(claim(1).status());
        String image = granted.effective().image();

        Reduction own = Reducer.reduce(run, pullFailed("Back-off pulling image \"" + image + "\""), false, NOW);
        Reduction other = Reducer.reduce(run, pullFailed("Back-off pulling image \"supervisor:1\""), false, NOW);

        assertThat(own.status().error().resource()).isEqualTo(image);
        assertThat(own.status().error().message()).contains("correct the image of the tool", "policy");
        assertThat(other.status().error().resource()).isNull();
        assertThat(other.status().error().message()).doesNotContain("policy");
    }

    private static Observation pullFailed(String word) {
        return new Observation.Lost(Reason.ImagePullFailed, "the image cannot be pulled: " + word, Started.No, "");
    }

    @Test
    void anEditedPolicyIsSaidToHaveTakenAwayWhatItDid() {
        run.setStatus(claim(1).status());
        Observation.Lost lost = new Observation.Lost(Reason.PolicyChanged, "its pod is gone", Started.Yes, "");

        Reduction named = Reducer.reduce(run, lost, false, () -> Optional.of("no more \"git\""), NOW);
        Reduction mended = Reducer.reduce(run, lost, false, NOW);

        assertThat(named.status().error().message())
                .endsWith("; the tool may have run, in part or whole; by the policy as it is now: no more \"git\"");
        assertThat(finished(named).getMessage())
                .isEqualTo(named.status().error().message());
        assertThat(mended.status().error().message()).endsWith("; the tool may have run, in part or whole");
        assertThat(finished(Reducer.reduce(
                                run,
                                new Observation.Lost(Reason.Suspended, "its pod is gone", Started.Yes, ""),
                                false,
                                () -> Optional.of("no more"),
                                NOW))
                        .getMessage())
                .as("stopped for something else")
                .doesNotContain("no more");
    }

    /** `kubectl wait` believes no condition of an older generation. */
    @Test
    void whatIsWrittenIsOfTheNewestGenerationInAllItsConditions() {
        run.getMetadata().setGeneration(1L);
        run.setStatus(claim(1).status());
        Observation nothingNew = new Observation.Underway(false, Optional.empty(), Optional.empty(), "", NOW);
        assertThat(Reducer.reduce(run, nothingNew, false, NOW).status())
                .as("no write without a change of the spec")
                .isEqualTo(run.getStatus());

        run.getMetadata().setGeneration(2L);
        ToolRunStatus behind = run.getStatus();
        ToolRunStatus seen =
                Reducer.reduce(run, nothingNew, false, NOW.plusSeconds(9)).status();
        ToolRunStatus ended = Reducer.reduce(
                        run, new Observation.Lost(Reason.Cancelled, "gone", Started.No, ""), false, NOW.plusSeconds(9))
                .status();

        for (ToolRunStatus status : List.of(seen, ended)) {
            assertThat(status.observedGeneration()).isEqualTo(2);
            assertThat(status.conditions())
                    .hasSize(4)
                    .allSatisfy(condition ->
                            assertThat(condition.getObservedGeneration()).isEqualTo(2));
        }
        assertThat(seen.conditions())
                .as("nothing of it has become another")
                .extracting(Condition::getLastTransitionTime)
                .containsExactlyElementsOf(behind.conditions().stream()
                        .map(Condition::getLastTransitionTime)
                        .toList());
    }

    private static Condition finished(Reduction reduction) {
        return reduction.status().conditions().stream()
                .filter(condition -> condition.getType().equals("Finished"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatTheFirstAttemptDidIsNoWordOnTheSecond() {
        run.setStatus(claim(1).status());
        run.setStatus(claim(2).status());
        run.setStatus(with(run.getStatus(), new Execution("pod-1", NOW.toString(), null)));

        Reduction ended = Reducer.reduce(
                run, new Observation.Lost(Reason.SupervisorLost, "lost", Started.NotKnown, ""), true, NOW);

        assertThat(ended.status().error().message()).contains("whether the tool had started is not known");
    }

    private static ToolRunStatus with(ToolRunStatus status, Execution execution) {
        return new ToolRunStatus(
                status.observedGeneration(),
                status.phase(),
                null,
                status.conditions(),
                status.decision(),
                status.effective(),
                status.sandbox(),
                null,
                status.attempts(),
                status.replayOf(),
                execution,
                null,
                null,
                null,
                null,
                status.audit(),
                null);
    }

    @Test
    void aRefusalIsOneTerminalWrite() {
        Ruling.Refused refused = (Ruling.Refused) Decider.decide(Optional.empty(), run.getSpec());

        Reduction denied = Reducer.reduce(run, new Observation.Denied(refused), false, NOW);

        assertThat(denied.ended()).isTrue();
        assertThat(denied.status().settled()).isTrue();
        assertThat(denied.status().phase()).isEqualTo(Phase.Denied);
        assertThat(denied.status().exitCode()).isEqualTo(2);
        assertThat(denied.status().attempts()).isEmpty();
    }

    @Test
    void aDecisionIsOnRecordWithWhomItWasMadeFor() {
        Ruling.Refused refused = (Ruling.Refused) Decider.decide(Optional.empty(), run.getSpec());

        assertThat(events(Reducer.reduce(run, new Observation.Denied(refused), false, NOW)))
                .filteredOn(event -> event.action().equals("decide"))
                .singleElement()
                .satisfies(event -> assertThat(event.detail())
                        .containsEntry("reason", "PolicyNotFound")
                        .containsEntry("requestedBy", "system:serviceaccount:agents:coder"));
        assertThat(events(claim(1)).getFirst().detail())
                .containsEntry("runtimeClassName", "gvisor")
                .containsEntry("requestedBy", "system:serviceaccount:agents:coder");
    }

    /** A name that is not there, or a node that lacks it, is nobody's violation: whoever is woken by those is not to be woken by it. */
    /** Its outcome is the first one's; that it is a copy is where people look. */
    @Test
    void aReplaySaysThatItIsOne() {
        ToolRun first = Serialization.unmarshal(
                "metadata: {name: i1, uid: u0}\nspec: {}\nstatus: {phase: Failed, exitCode: 3, error: {type: ExecutionError, message: m}, "
                        + "conditions: [{type: Finished, status: 'True', reason: ExitedNonZero, message: m}]}",
                ToolRun.class);
        ToolRunStatus status = Reducer.reduce(run, new Observation.Replayed(granted, first), false, NOW)
                .status();

        assertThat(status.conditions())
                .filteredOn(condition -> condition.getType().equals("Finished"))
                .singleElement()
                .satisfies(condition -> assertThat(condition.getMessage())
                        .isEqualTo("m (copied from the run \"i1\"; nothing ran here)"));
        assertThat(status.error().message()).as("a copy").isEqualTo("m");
    }

    @Test
    void everyReasonCanEndARunUnstarted() {
        for (Reason reason : Reason.values()) {
            Reduction ended =
                    Reducer.reduce(run, new Observation.NotStarted(granted, reason, "nothing ran"), false, NOW);

            assertThat(ended.status().settled()).as(reason.name()).isTrue();
            assertThat(ended.status().phase()).as(reason.name()).isIn(Phase.Failed, Phase.Cancelled);
        }
    }

    @Test
    void aLostAttemptIsUnknownUnlessItIsKnownThatNothingRan() {
        run.setStatus(claim(1).status());

        assertThat(lost(Started.NotKnown, false)).isEqualTo(Phase.Unknown);
        assertThat(lost(Started.Yes, false)).isEqualTo(Phase.Unknown);
        assertThat(lost(Started.No, false)).isEqualTo(Phase.Failed);
        assertThat(lost(Started.Yes, true)).isEqualTo(Phase.Failed);
    }

    private Phase lost(Started started, boolean idempotent) {
        return Reducer.reduce(run, new Observation.Lost(Reason.SupervisorLost, "lost", started, ""), idempotent, NOW)
                .status()
                .phase();
    }

    private Reduction claim(int attempt) {
        Observation made = new Observation.Made(
                granted, attempt, "cofferdam-" + attempt, "pod-" + attempt, SupervisorSource.ImageVolume);
        return Reducer.reduce(run, made, false, NOW);
    }

    private static List<AuditEvent> events(Reduction reduction) {
        return reduction.status().audit().sources().getFirst().events();
    }
}
