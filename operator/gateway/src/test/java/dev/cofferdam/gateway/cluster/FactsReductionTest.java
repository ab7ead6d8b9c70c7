package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.Change;
import dev.cofferdam.api.v1alpha1.ChangedFile;
import dev.cofferdam.api.v1alpha1.Changes;
import dev.cofferdam.api.v1alpha1.Contents;
import dev.cofferdam.api.v1alpha1.FileKind;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.OutputEncoding;
import dev.cofferdam.api.v1alpha1.ReturnedFile;
import dev.cofferdam.api.v1alpha1.ReturnedState;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.gateway.channel.Facts;
import dev.cofferdam.gateway.channel.KeptContents;
import dev.cofferdam.gateway.channel.Results;
import dev.cofferdam.gateway.channel.SupervisorFrame;
import dev.cofferdam.gateway.cluster.FactsReduction.Reduced;
import dev.cofferdam.record.AuditChain;
import dev.cofferdam.record.Budgets;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of the facts of a run's end becomes its status. */
class FactsReductionTest {
    @Test
    void theCompleteSetOfOurFieldsAndNothingElse() {
        ToolRunStatus status = apply(Given.claimed(", phase: Running"), GivenFacts.of(Results.exited(3)));
        assertThat(status.execution().startedAt()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(status.result().podUID()).isEqualTo(Given.POD_UID);
        assertThat(status.result().exitCode()).isEqualTo(3);
        assertThat(status.result().stdout()).isEqualTo("out");
        assertThat(status.result().finishedAt()).isEqualTo("2026-01-01T00:00:01Z");
        assertThat(StatusJson.write(status))
                .doesNotContain("phase", "decision", "attempts", "conditions", "settled", "effective", "error");
    }

    @ParameterizedTest
    @CsvSource({
        "TimedOut,124",
        "CpuTimeExceeded,124",
        "ToolNotFound,127",
        "ToolNotExecutable,126",
        "Stopped,",
        "BoxFailed,",
        "SecretMissing,",
        "SecretTooLarge,",
        "NetworkNotIsolated,"
    })
    void exitCodesAreWhatAShellWouldSee(Outcome outcome, Integer code) {
        assertThat(apply(Given.claimed(""), GivenFacts.of(Results.of(outcome)))
                        .result()
                        .exitCode())
                .isEqualTo(code);
    }

    @Test
    void aSignalIsThereTwice() {
        ToolRunStatus status = apply(Given.claimed(""), GivenFacts.of(Results.signaled(11)));
        assertThat(status.result().exitCode()).isEqualTo(139);
        assertThat(status.result().signal()).isEqualTo(11);
    }

    @Test
    void ofALiarNothingIsBelieved() {
        ToolRunStatus status = apply(Given.claimed(""), GivenFacts.of(Optional.empty()));
        assertThat(status.result().outcome()).isEqualTo(Outcome.Tampered);
        assertThat(status.result().exitCode()).isNull();
        assertThat(status.result().durationMillis()).isNull();
    }

    @Test
    void factsThatAreThereAreNotWrittenAgain() {
        assertThat(FactsReduction.reduce(
                        Given.claimed(", result: {podUID: " + Given.POD_UID + ", outcome: Exited}"),
                        GivenFacts.of(Results.exited(0))))
                .isInstanceOf(Reduced.AlreadyThere.class);
    }

    @Test
    void theFactsOfALaterAttemptTakeThePlaceOfThoseBefore() {
        ToolRunStatus status = apply(
                Given.run(
                        "{attempts: [{number: 1, podUID: first, reason: TimedOut}, {number: 2, podUID: " + Given.POD_UID
                                + "}], result: {podUID: first, outcome: TimedOut}, execution: {podUID: first}}"),
                GivenFacts.of(Results.exited(0)));
        assertThat(status.result().podUID()).isEqualTo(Given.POD_UID);
        assertThat(status.execution().podUID()).isEqualTo(Given.POD_UID);
    }

    @Test
    void theFactsOfAnAttemptBeforeComeTooLate() {
        for (String result : List.of("", ", result: {podUID: second, outcome: Exited}")) {
            assertThat(FactsReduction.reduce(
                            Given.run("{attempts: [{number: 1, podUID: " + Given.POD_UID
                                    + ", reason: NodeLost}, {number: 2, podUID: second}]" + result + "}"),
                            GivenFacts.of(Results.exited(0))))
                    .isInstanceOfSatisfying(
                            Reduced.Refused.class,
                            refused -> assertThat(refused.detail()).contains("tried again"));
        }
    }

    @Test
    void aRunThatIsOverOrAnotherOrHasNotClaimedThePodTakesNone() {
        ToolRun namesake = Given.claimed("");
        namesake.getMetadata().setUid("other");
        for (ToolRun run : new ToolRun[] {
            namesake,
            Given.run("{}"),
            Given.run("{attempts: [{number: 1, podUID: other}]}"),
            Given.claimed(", conditions: [{type: Finished, status: \"True\", reason: Cancelled}]"),
            Given.claimed(", result: {podUID: other, outcome: Exited}"),
        }) {
            assertThat(FactsReduction.reduce(run, GivenFacts.of(Results.exited(0))))
                    .isInstanceOf(Reduced.Refused.class);
        }
    }

    @Test
    void whyItWasStoppedIsToldWhereItWas() {
        assertThat(apply(Given.claimed(""), GivenFacts.of(Results.of(Outcome.Stopped)))
                        .result()
                        .stopReason())
                .isEqualTo("PolicyChanged");
        assertThat(apply(Given.claimed(""), GivenFacts.of(Results.exited(0)))
                        .result()
                        .stopReason())
                .isNull();
    }

    @Test
    void chainsOfOtherGatewaysStayAndTheControllersIsNotOurs() {
        ToolRunStatus status = apply(
                Given.claimed(
                        ", audit: {sources: [{source: controller, total: 1}, {source: gateway/other, total: 5}, {source: gateway/g, total: 9}]}"),
                GivenFacts.of(Results.exited(0)));
        assertThat(status.audit().sources())
                .extracting(AuditSource::source, AuditSource::total)
                .containsExactly(tuple("gateway/other", 5L), tuple("gateway/g", 1L));
    }

    @Test
    void thereAreNoMoreChainsThanTheSchemaTakes() {
        String others = IntStream.range(0, 20)
                .mapToObj(at -> "{source: gateway/g" + at + ", total: 1}")
                .collect(Collectors.joining(", "));

        ToolRunStatus status = apply(
                Given.claimed(", audit: {sources: [{source: controller, total: 1}, " + others + "]}"),
                GivenFacts.of(Results.exited(0)));

        assertThat(status.audit().sources())
                .hasSize(Bounds.AUDIT_SOURCES - 1)
                .extracting(AuditSource::source)
                .contains("gateway/g19", "gateway/g")
                .doesNotContain("gateway/g0");
    }

    @Test
    void theAuditBudgetHolds() {
        AuditChain chain = AuditChain.start("gateway/g", Given.RUN_UID, "p/t", "v");
        for (int i = 0; i < 100; i++) {
            chain = chain.append(
                    GivenFacts.FINISHED,
                    AuditEventType.NetworkAccess,
                    "<".repeat(1000),
                    "connect",
                    AuditResult.Denied,
                    Map.of());
        }
        ToolRunStatus status = apply(
                Given.claimed(""),
                new Facts(
                        Given.CLAIM,
                        Optional.of(GivenFacts.STARTED),
                        GivenFacts.FINISHED,
                        GivenFacts.result(Results.exited(0)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        GivenFacts.output(),
                        chain.state()));
        AuditSource stored = status.audit().sources().getFirst();
        assertThat(Budgets.bytes(stored)).isLessThanOrEqualTo(Budgets.AUDIT_BYTES);
        assertThat(stored.total()).isEqualTo(100);
        assertThat(stored.dropped() + stored.events().size()).isEqualTo(100);
    }

    @Test
    void whatTheToolChangedIsStoredAndWhatHasNoRoomIsCounted() {
        List<ChangedFile> items = List.of(new ChangedFile("a", Change.Added, FileKind.File, "0644", "00", 1L));
        Facts facts = new Facts(
                Given.CLAIM,
                Optional.of(GivenFacts.STARTED),
                GivenFacts.FINISHED,
                GivenFacts.result(Results.exited(0)),
                Optional.of(
                        new SupervisorFrame.Changes(true, 1, 2, 3, "sha256:0", items, List.of(), 4, Optional.empty())),
                Optional.of(new SupervisorFrame.Outputs(List.of(
                        new SupervisorFrame.OutputFile(ReturnedState.Present, "hello".getBytes(StandardCharsets.UTF_8)),
                        new SupervisorFrame.OutputFile(ReturnedState.Present, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}),
                        new SupervisorFrame.OutputFile(ReturnedState.Missing, new byte[0])))),
                Optional.of(new KeptContents("67", 3072, GivenFacts.FINISHED)),
                Optional.empty(),
                GivenFacts.output(),
                GivenFacts.CHAIN.state());

        assertThat(apply(Given.claimed(""), facts).changes())
                .isEqualTo(new Changes(
                        1,
                        2,
                        3,
                        4,
                        "sha256:0",
                        items,
                        true,
                        true,
                        List.of(
                                new ReturnedFile("a", ReturnedState.Present, "hello", OutputEncoding.UTF8, 5),
                                new ReturnedFile("b", ReturnedState.Present, "AQIDBAUGBwgJ", OutputEncoding.Base64, 9),
                                new ReturnedFile("c", ReturnedState.Missing, null, null, null)),
                        new Contents("67", 3072L, GivenFacts.FINISHED.toString())));
        assertThat(apply(Given.claimed(""), GivenFacts.of(Results.exited(0))).changes())
                .isNull();
    }

    private static ToolRunStatus apply(ToolRun run, Facts facts) {
        return ((Reduced.Apply) FactsReduction.reduce(run, facts)).status();
    }
}
