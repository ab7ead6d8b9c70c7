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
import dev.cofferdam.api.v1alpha1.Execution;
import dev.cofferdam.api.v1alpha1.FileKind;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.OutputEncoding;
import dev.cofferdam.api.v1alpha1.ReturnedFile;
import dev.cofferdam.api.v1alpha1.ReturnedState;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.gateway.channel.Facts;
import dev.cofferdam.gateway.channel.Interim;
import dev.cofferdam.gateway.channel.KeptContents;
import dev.cofferdam.gateway.channel.SupervisorFrame;
import dev.cofferdam.gateway.cluster.FactsReduction.Reduced;
import dev.cofferdam.policy.Job;
import dev.cofferdam.policy.Origin;
import dev.cofferdam.record.AuditChain;
import dev.cofferdam.record.Budgets;
import dev.cofferdam.record.OutputRecord;
import dev.cofferdam.record.StreamRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FactsReductionTest {
    private static final Instant STARTED = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant FINISHED = Instant.parse("2026-01-01T00:00:01Z");
    private static final AuditChain CHAIN = AuditChain.start("gateway/g", Given.RUN_UID, "p/t", "v")
            .append(FINISHED, AuditEventType.ProcessExec, "sh", "exit", AuditResult.Allowed, Map.of());

    @Test
    void theCompleteSetOfOurFieldsAndNothingElse() {
        ToolRunStatus status = apply(Given.claimed(", phase: Running"), facts(exited(3)));
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
        SupervisorFrame.Result result = new SupervisorFrame.Result(
                outcome,
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                3,
                0,
                1,
                1,
                1);
        assertThat(apply(Given.claimed(""), facts(Optional.of(result))).result().exitCode())
                .isEqualTo(code);
    }

    @Test
    void aSignalIsThereTwice() {
        SupervisorFrame.Result result = new SupervisorFrame.Result(
                Outcome.Signaled,
                OptionalInt.empty(),
                OptionalInt.of(11),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                3,
                0,
                1,
                1,
                1);
        ToolRunStatus status = apply(Given.claimed(""), facts(Optional.of(result)));
        assertThat(status.result().exitCode()).isEqualTo(139);
        assertThat(status.result().signal()).isEqualTo(11);
    }

    @Test
    void ofALiarNothingIsBelieved() {
        ToolRunStatus status = apply(Given.claimed(""), facts(Optional.empty()));
        assertThat(status.result().outcome()).isEqualTo(Outcome.Tampered);
        assertThat(status.result().exitCode()).isNull();
        assertThat(status.result().durationMillis()).isNull();
    }

    @Test
    void factsThatAreThereAreNotWrittenAgain() {
        assertThat(FactsReduction.reduce(
                        Given.claimed(", result: {podUID: " + Given.POD_UID + ", outcome: Exited}"), facts(exited(0))))
                .isInstanceOf(Reduced.AlreadyThere.class);
    }

    @Test
    void theFactsOfALaterAttemptTakeThePlaceOfThoseBefore() {
        ToolRunStatus status = apply(
                Given.run(
                        "{attempts: [{number: 1, podUID: first, reason: TimedOut}, {number: 2, podUID: " + Given.POD_UID
                                + "}], result: {podUID: first, outcome: TimedOut}, execution: {podUID: first}}"),
                facts(exited(0)));
        assertThat(status.result().podUID()).isEqualTo(Given.POD_UID);
        assertThat(status.execution().podUID()).isEqualTo(Given.POD_UID);
    }

    @Test
    void theFactsOfAnAttemptBeforeComeTooLate() {
        for (String result : List.of("", ", result: {podUID: second, outcome: Exited}")) {
            assertThat(FactsReduction.reduce(
                            Given.run("{attempts: [{number: 1, podUID: " + Given.POD_UID
                                    + ", reason: NodeLost}, {number: 2, podUID: second}]" + result + "}"),
                            facts(exited(0))))
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
            assertThat(FactsReduction.reduce(run, facts(exited(0)))).isInstanceOf(Reduced.Refused.class);
        }
    }

    @Test
    void whyItWasStoppedIsToldWhereItWas() {
        assertThat(apply(Given.claimed(""), facts(ended(Outcome.Stopped, OptionalInt.empty())))
                        .result()
                        .stopReason())
                .isEqualTo("PolicyChanged");
        assertThat(apply(Given.claimed(""), facts(exited(0))).result().stopReason())
                .isNull();
    }

    @Test
    void chainsOfOtherGatewaysStayAndTheControllersIsNotOurs() {
        ToolRunStatus status = apply(
                Given.claimed(
                        ", audit: {sources: [{source: controller, total: 1}, {source: gateway/other, total: 5}, {source: gateway/g, total: 9}]}"),
                facts(exited(0)));
        assertThat(status.audit().sources())
                .extracting(AuditSource::source, AuditSource::total)
                .containsExactly(tuple("gateway/other", 5L), tuple("gateway/g", 1L));
    }

    @Test
    void whatIsOnRecordSoFarTakesNothingAwayOfAnAttemptBefore() {
        ToolRun run = Given.run(
                "{attempts: [{number: 1, podUID: first, reason: TimedOut}, {number: 2, podUID: " + Given.POD_UID
                        + "}], result: {podUID: first, outcome: TimedOut, stdout: said}, changes: {added: 1}, execution: {podUID: first}, "
                        + "audit: {sources: [{source: gateway/other, total: 5}, {source: controller, total: 1}]}}");

        ToolRunStatus status = ((Reduced.Apply) FactsReduction.reduce(run, interim())).status();

        assertThat(status.result()).isEqualTo(run.getStatus().result());
        assertThat(status.changes()).isEqualTo(run.getStatus().changes());
        assertThat(status.execution()).isEqualTo(new Execution(Given.POD_UID, STARTED.toString(), 3));
        assertThat(status.audit().sources())
                .extracting(AuditSource::source)
                .containsExactly("gateway/other", "gateway/g");
        assertThat(StatusJson.write(status)).doesNotContain("phase", "attempts", "conditions");
    }

    @Test
    void whoWasTakenOverTakesNothingBack() {
        assertThat(FactsReduction.reduce(running(Given.POD_UID, STARTED, 4), interim()))
                .isInstanceOf(Reduced.Refused.class);
        assertThat(FactsReduction.reduce(running(Given.POD_UID, STARTED, 3), interim()))
                .isInstanceOf(Reduced.Apply.class);
        assertThat(FactsReduction.reduce(running("before", STARTED, 4), interim()))
                .isInstanceOf(Reduced.Apply.class);
    }

    @Test
    void theToolIsAtWorkSinceItWasFirstSeenToBe() {
        Instant before = STARTED.minusSeconds(3600);

        ToolRun run = running(Given.POD_UID, before, 1);
        assertThat(((Reduced.Apply) FactsReduction.reduce(run, interim()))
                        .status()
                        .execution())
                .isEqualTo(new Execution(Given.POD_UID, before.toString(), 3));
        assertThat(apply(run, facts(exited(0))).execution().startedAt()).isEqualTo(before.toString());
        assertThat(apply(running(Given.POD_UID, FINISHED, 1), facts(exited(0)))
                        .execution()
                        .startedAt())
                .isEqualTo(STARTED.toString());
        assertThat(apply(running("before", before, 1), facts(exited(0)))
                        .execution()
                        .startedAt())
                .isEqualTo(STARTED.toString());
    }

    @Test
    void aJobThatIsAboutToLeaveTakesNothingAway() {
        ToolRun run = Given.run(
                "{attempts: [{number: 1, podUID: first, reason: TimedOut}, {number: 2, podUID: " + Given.POD_UID
                        + "}], result: {podUID: first, outcome: TimedOut, stdout: said}, changes: {added: 1}, execution: {podUID: first}, "
                        + "audit: {sources: [{source: gateway/other, total: 5}, {source: controller, total: 1}]}}");

        ToolRunStatus status = ((Reduced.Apply) FactsReduction.handingOut(run, claim())).status();

        assertThat(status.result()).isEqualTo(run.getStatus().result());
        assertThat(status.changes()).isEqualTo(run.getStatus().changes());
        assertThat(status.execution()).isEqualTo(new Execution(Given.POD_UID, null, null));
        assertThat(status.audit().sources()).extracting(AuditSource::source).containsExactly("gateway/other");
        Reduced again = FactsReduction.handingOut(running(Given.POD_UID, STARTED, 4), claim());
        assertThat(((Reduced.Apply) again).status().execution())
                .as("what is known already")
                .isEqualTo(new Execution(Given.POD_UID, STARTED.toString(), 4));
        assertThat(((Reduced.Apply) again).status().audit()).isNull();
    }

    private static ToolRun running(String podUid, Instant startedAt, int events) {
        return Given.claimed(
                ", execution: {podUID: %s, startedAt: \"%s\", events: %d}".formatted(podUid, startedAt, events));
    }

    @Test
    void whatIsOnRecordSoFarIsOfNoAccountAfterTheEnd() {
        assertThat(FactsReduction.reduce(
                        Given.claimed(", result: {podUID: " + Given.POD_UID + ", outcome: Exited}"), interim()))
                .isInstanceOf(Reduced.AlreadyThere.class);
        assertThat(FactsReduction.reduce(
                        Given.claimed(", conditions: [{type: Finished, status: \"True\", reason: Cancelled}]"),
                        interim()))
                .isInstanceOf(Reduced.Refused.class);
    }

    @Test
    void thereAreNoMoreChainsThanTheSchemaTakes() {
        String others = IntStream.range(0, 20)
                .mapToObj(at -> "{source: gateway/g" + at + ", total: 1}")
                .collect(Collectors.joining(", "));

        ToolRunStatus status = apply(
                Given.claimed(", audit: {sources: [{source: controller, total: 1}, " + others + "]}"),
                facts(exited(0)));

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
                    FINISHED, AuditEventType.NetworkAccess, "<".repeat(1000), "connect", AuditResult.Denied, Map.of());
        }
        ToolRunStatus status = apply(
                Given.claimed(""),
                new Facts(
                        claim(),
                        Optional.of(STARTED),
                        FINISHED,
                        exited(0),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        output(),
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
                claim(),
                Optional.of(STARTED),
                FINISHED,
                exited(0),
                Optional.of(
                        new SupervisorFrame.Changes(true, 1, 2, 3, "sha256:0", items, List.of(), 4, Optional.empty())),
                Optional.of(new SupervisorFrame.Outputs(List.of(
                        new SupervisorFrame.OutputFile(ReturnedState.Present, "hello".getBytes(StandardCharsets.UTF_8)),
                        new SupervisorFrame.OutputFile(ReturnedState.Present, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}),
                        new SupervisorFrame.OutputFile(ReturnedState.Missing, new byte[0])))),
                Optional.of(new KeptContents("67", 3072, FINISHED)),
                Optional.empty(),
                output(),
                CHAIN.state());

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
                        new Contents("67", 3072L, FINISHED.toString())));
        assertThat(apply(Given.claimed(""), facts(exited(0))).changes()).isNull();
    }

    @Test
    void answersOfTheApiServer() {
        assertThat(StatusFacts.judge(409, "", 1).toString()).contains("Again");
        assertThat(StatusFacts.judge(503, "", 1).toString()).contains("Again");
        assertThat(StatusFacts.judge(500, "etcdserver: request is too large", 1).toString())
                .contains("TooLarge");
        assertThat(StatusFacts.judge(413, "", 1).toString()).contains("TooLarge");
        assertThat(StatusFacts.judge(404, "", 1).toString()).contains("Refused");
        assertThat(StatusFacts.judge(200, "", 1).toString()).contains("Kept");
    }

    static Facts exitedZero() {
        return facts(exited(0));
    }

    private static ToolRunStatus apply(ToolRun run, Facts facts) {
        return ((Reduced.Apply) FactsReduction.reduce(run, facts)).status();
    }

    static Interim interim() {
        return new Interim(claim(), Optional.of(STARTED), 3, CHAIN.state());
    }

    private static Facts facts(Optional<SupervisorFrame.Result> result) {
        return new Facts(
                claim(),
                Optional.of(STARTED),
                FINISHED,
                result,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("PolicyChanged"),
                output(),
                CHAIN.state());
    }

    private static OutputRecord output() {
        return OutputRecord.of(StreamRecord.of("out".getBytes(StandardCharsets.UTF_8), 3), StreamRecord.omitted(0));
    }

    private static Optional<SupervisorFrame.Result> exited(int code) {
        return ended(Outcome.Exited, OptionalInt.of(code));
    }

    private static Optional<SupervisorFrame.Result> ended(Outcome outcome, OptionalInt code) {
        return Optional.of(new SupervisorFrame.Result(
                outcome,
                code,
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                3,
                0,
                1,
                1,
                1));
    }

    private static Claim claim() {
        return new Claim(
                "ns",
                "run",
                Given.RUN_UID,
                Given.POD_NAME,
                Given.POD_UID,
                "p",
                "t",
                "v",
                10,
                Set.of(),
                new Job.Files(List.of(), List.of(), new Origin.Nothing(), List.of("a", "b", "c")),
                false,
                0,
                false,
                Given.ENCLOSURE.gate(Given.pod(Given.ADDRESS)),
                Optional.empty());
    }
}
