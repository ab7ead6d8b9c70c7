package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Execution;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.gateway.channel.Facts;
import dev.cofferdam.gateway.channel.Results;
import dev.cofferdam.gateway.cluster.FactsReduction.Reduced;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What becomes of a run's status before its end: as its job leaves, and as its record grows. */
class InterimReductionTest {
    @Test
    void whatIsOnRecordSoFarTakesNothingAwayOfAnAttemptBefore() {
        ToolRun run = Given.run(
                "{attempts: [{number: 1, podUID: first, reason: TimedOut}, {number: 2, podUID: " + Given.POD_UID
                        + "}], result: {podUID: first, outcome: TimedOut, stdout: said}, changes: {added: 1}, execution: {podUID: first}, "
                        + "audit: {sources: [{source: gateway/other, total: 5}, {source: controller, total: 1}]}}");

        ToolRunStatus status = ((Reduced.Apply) FactsReduction.reduce(run, GivenFacts.interim())).status();

        assertThat(status.result()).isEqualTo(run.getStatus().result());
        assertThat(status.changes()).isEqualTo(run.getStatus().changes());
        assertThat(status.execution()).isEqualTo(new Execution(Given.POD_UID, GivenFacts.STARTED.toString(), 3));
        assertThat(status.audit().sources())
                .extracting(AuditSource::source)
                .containsExactly("gateway/other", "gateway/g");
        assertThat(StatusJson.write(status)).doesNotContain("phase", "attempts", "conditions");
    }

    @Test
    void whoWasTakenOverTakesNothingBack() {
        assertThat(FactsReduction.reduce(running(Given.POD_UID, GivenFacts.STARTED, 4), GivenFacts.interim()))
                .isInstanceOf(Reduced.Refused.class);
        assertThat(FactsReduction.reduce(running(Given.POD_UID, GivenFacts.STARTED, 3), GivenFacts.interim()))
                .isInstanceOf(Reduced.Apply.class);
        assertThat(FactsReduction.reduce(running("before", GivenFacts.STARTED, 4), GivenFacts.interim()))
                .isInstanceOf(Reduced.Apply.class);
    }

    @Test
    void theToolIsAtWorkSinceItWasFirstSeenToBe() {
        Instant before = GivenFacts.STARTED.minusSeconds(3600);

        ToolRun run = running(Given.POD_UID, before, 1);
        assertThat(((Reduced.Apply) FactsReduction.reduce(run, GivenFacts.interim()))
                        .status()
                        .execution())
                .isEqualTo(new Execution(Given.POD_UID, before.toString(), 3));
        assertThat(apply(run, GivenFacts.of(Results.exited(0))).execution().startedAt())
                .isEqualTo(before.toString());
        assertThat(apply(running(Given.POD_UID, GivenFacts.FINISHED, 1), GivenFacts.of(Results.exited(0)))
                        .execution()
                        .startedAt())
                .isEqualTo(GivenFacts.STARTED.toString());
        assertThat(apply(running("before", before, 1), GivenFacts.of(Results.exited(0)))
                        .execution()
                        .startedAt())
                .isEqualTo(GivenFacts.STARTED.toString());
    }

    @Test
    void aJobThatIsAboutToLeaveTakesNothingAway() {
        ToolRun run = Given.run(
                "{attempts: [{number: 1, podUID: first, reason: TimedOut}, {number: 2, podUID: " + Given.POD_UID
                        + "}], result: {podUID: first, outcome: TimedOut, stdout: said}, changes: {added: 1}, execution: {podUID: first}, "
                        + "audit: {sources: [{source: gateway/other, total: 5}, {source: controller, total: 1}]}}");

        ToolRunStatus status = ((Reduced.Apply) FactsReduction.handingOut(run, Given.CLAIM)).status();

        assertThat(status.result()).isEqualTo(run.getStatus().result());
        assertThat(status.changes()).isEqualTo(run.getStatus().changes());
        assertThat(status.execution()).isEqualTo(new Execution(Given.POD_UID, null, null));
        assertThat(status.audit().sources()).extracting(AuditSource::source).containsExactly("gateway/other");
        Reduced again = FactsReduction.handingOut(running(Given.POD_UID, GivenFacts.STARTED, 4), Given.CLAIM);
        assertThat(((Reduced.Apply) again).status().execution())
                .as("what is known already")
                .isEqualTo(new Execution(Given.POD_UID, GivenFacts.STARTED.toString(), 4));
        assertThat(((Reduced.Apply) again).status().audit()).isNull();
    }

    @Test
    void whatIsOnRecordSoFarIsOfNoAccountAfterTheEnd() {
        assertThat(FactsReduction.reduce(
                        Given.claimed(", result: {podUID: " + Given.POD_UID + ", outcome: Exited}"),
                        GivenFacts.interim()))
                .isInstanceOf(Reduced.AlreadyThere.class);
        assertThat(FactsReduction.reduce(
                        Given.claimed(", conditions: [{type: Finished, status: \"True\", reason: Cancelled}]"),
                        GivenFacts.interim()))
                .isInstanceOf(Reduced.Refused.class);
    }

    private static ToolRun running(String podUid, Instant startedAt, int events) {
        return Given.claimed(
                ", execution: {podUID: %s, startedAt: \"%s\", events: %d}".formatted(podUid, startedAt, events));
    }

    private static ToolRunStatus apply(ToolRun run, Facts facts) {
        return ((Reduced.Apply) FactsReduction.reduce(run, facts)).status();
    }
}
