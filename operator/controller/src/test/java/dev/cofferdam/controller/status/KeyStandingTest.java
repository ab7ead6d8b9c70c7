package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.plan.KeyLease;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every standing of a run under its key: what the Lease says, what the runs say, and what a forged Lease cannot do. */
class KeyStandingTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Supplier<Stream<ToolRun>> NOT_ASKED = () -> {
        throw new AssertionError("needs no list");
    };
    private static final String EXECUTED =
            "phase: Succeeded, attempts: [{number: 1, podName: p, podUID: u}], conditions: [{type: Finished, status: 'True', reason: ExitedZero, "
                    + "lastTransitionTime: '2026-01-01T00:00:00Z'}]";
    private static final String ENDED_IDLE =
            "phase: Failed, conditions: [{type: Finished, status: 'True', reason: PodRefused, lastTransitionTime: '2026-01-01T00:00:00Z'}]";
    private static final String RUNNING = "phase: Running, attempts: [{number: 1, podName: p, podUID: u}]";

    private final ToolRun run = run("second", "a", "");

    @Test
    void aKeyThatNobodyHasIsFree() {
        assertThat(standing(
                        Optional.empty(), Optional.empty(), run, run("other", "a", RUNNING.replace("attempts", "x"))))
                .isEqualTo(new KeyStanding.Free());
    }

    @Test
    void aRunThatHasItGoesOnAfterACrash() {
        assertThat(standing(Optional.of(lease(run)), Optional.of(run), run)).isEqualTo(new KeyStanding.Own());
    }

    @Test
    void aRunBehindAnotherWaitsAndThenHasItsOutcome() {
        ToolRun first = run("first", "a", RUNNING);
        ToolRun ended = run("first", "a", EXECUTED);

        assertThat(KeyStanding.of(run, Optional.of(lease(first)), Optional.of(first), NOT_ASKED))
                .isEqualTo(new KeyStanding.UnderWay(first, true));
        assertThat(KeyStanding.of(run, Optional.of(lease(first)), Optional.of(run("first", "a", "")), NOT_ASKED))
                .isInstanceOf(KeyStanding.UnderWay.class);
        assertThat(KeyStanding.of(run, Optional.of(lease(first)), Optional.of(ended), NOT_ASKED))
                .isEqualTo(new KeyStanding.Ended(ended, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", RUNNING, EXECUTED})
    void anotherSpecIsRefusedWhateverBecameOfTheFirst(String status) {
        ToolRun first = run("first", "b", status);

        assertThat(KeyStanding.of(run, Optional.of(lease(first)), Optional.of(first), NOT_ASKED))
                .isInstanceOfSatisfying(KeyStanding.Refused.class, refused -> {
                    assertThat(refused.reason()).isEqualTo(Reason.KeyReused);
                    assertThat(refused.message()).contains("\"first\"");
                });
        assertThat(reason(KeyStanding.of(run, Optional.of(lease(first)), Optional.empty(), NOT_ASKED)))
                .isEqualTo(Reason.KeyReused);
    }

    @Test
    void whereTheFirstIsGoneNobodyKnowsAndNothingIsExecuted() {
        assertThat(reason(KeyStanding.of(
                        run, Optional.of(lease(run("first", "a", EXECUTED))), Optional.empty(), NOT_ASKED)))
                .isEqualTo(Reason.KeyConsumed);
    }

    @Test
    void aRunThatEndedBeforeAnythingWasExecutedLetsTheKeyGo() {
        ToolRun idle = run("first", "b", ENDED_IDLE);
        Lease lease = lease(idle);

        assertThat(standing(Optional.of(lease), Optional.of(idle), run, idle)).isEqualTo(new KeyStanding.Lapsed(lease));
    }

    @Test
    void aLeaseThatWasTakenAwayGivesNoSecondExecution() {
        ToolRun first = run("first", "a", EXECUTED);

        assertThat(standing(Optional.empty(), Optional.empty(), run, first))
                .isEqualTo(new KeyStanding.Ended(first, false));
        assertThat(standing(Optional.empty(), Optional.empty(), run, run("first", "a", RUNNING)))
                .isInstanceOf(KeyStanding.UnderWay.class);
    }

    @Test
    void aLeaseThatWasGivenToAnotherGivesNoSecondExecution() {
        ToolRun first = run("first", "a", EXECUTED);
        ToolRun idle = run("idle", "a", ENDED_IDLE);

        assertThat(standing(Optional.of(lease(run)), Optional.of(run), first)).isInstanceOf(KeyStanding.Ended.class);
        assertThat(standing(Optional.of(lease(idle)), Optional.of(idle), first)).isInstanceOf(KeyStanding.Ended.class);
    }

    @Test
    void aLeaseThatNamesARunThatExecutedNothingTellsNoLie() {
        ToolRun replay = run("replay", "a", ENDED_IDLE + ", replayOf: {name: x, uid: y}");

        assertThat(reason(KeyStanding.of(run, Optional.of(lease(replay)), Optional.of(replay), NOT_ASKED)))
                .isEqualTo(Reason.KeyConsumed);
    }

    @Test
    void aLeaseOfNobodyKeepsTheKeyFromBeingUsed() {
        Lease empty = new LeaseBuilder()
                .withNewMetadata()
                .withName(Names.keyLease("k"))
                .endMetadata()
                .build();

        assertThat(KeyStanding.of(run, Optional.of(empty), Optional.empty(), NOT_ASKED))
                .isInstanceOf(KeyStanding.Refused.class);
    }

    @Test
    void anEndThatIsNotKnownHereIsLeftToTheVersionThatWroteIt() {
        ToolRun first = run("first", "a", EXECUTED.replace("ExitedZero", "FromTheFuture"));

        assertThat(KeyStanding.of(run, Optional.of(lease(first)), Optional.of(first), NOT_ASKED))
                .isInstanceOf(KeyStanding.UnderWay.class);
    }

    private KeyStanding standing(Optional<Lease> lease, Optional<ToolRun> holder, ToolRun... namesakes) {
        return KeyStanding.of(run, lease, holder, () -> Stream.of(namesakes));
    }

    private static Reason reason(KeyStanding standing) {
        return ((KeyStanding.Refused) standing).reason();
    }

    private static Lease lease(ToolRun run) {
        return KeyLease.claim(run, NOW);
    }

    private static ToolRun run(String name, String argument, String status) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: %1$s, uid: uid-%1$s, namespace: n, creationTimestamp: '2026-01-01T00:00:00Z'}
                spec: {policyRef: {name: p}, tool: sh, idempotencyKey: k, args: [%2$s]}
                status: {%3$s}
                """.formatted(name, argument, status), ToolRun.class);
    }
}
