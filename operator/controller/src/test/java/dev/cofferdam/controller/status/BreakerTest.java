package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.status.Breaker.Word;
import dev.cofferdam.policy.CircuitRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A circuit at each of its edges. */
class BreakerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final CircuitRule RULE = new CircuitRule(5, Duration.ofSeconds(300), Duration.ofSeconds(60), 3);

    @Test
    void theFifthFailureOpensItAndNotTheFourth() {
        Breaker breaker = failed(Breaker.NEW, 4, NOW);

        assertThat(breaker.closedUntil(RULE, NOW)).isEmpty();
        assertThat(breaker.ended(Word.Failed, RULE, NOW)).isEqualTo(new Breaker.Open(NOW.plusSeconds(60)));
        assertThat(breaker.ended(Word.Well, RULE, NOW))
                .as("what ends well forgives nothing")
                .isEqualTo(breaker);
    }

    @Test
    void failuresThatAreSpreadOutDoNotOpenIt() {
        Breaker breaker = failed(Breaker.NEW, 4, NOW);

        assertThat(breaker.ended(Word.Failed, RULE, NOW.plusSeconds(299))).isInstanceOf(Breaker.Open.class);
        assertThat(breaker.ended(Word.Failed, RULE, NOW.plusSeconds(300)))
                .isEqualTo(new Breaker.Closed(List.of(NOW.plusSeconds(300))));
    }

    @Test
    void afterThePauseThreeAreLetThroughAndNotAFourth() {
        Breaker open = failed(Breaker.NEW, 5, NOW);
        Instant then = NOW.plusSeconds(60);
        assertThat(open.closedUntil(RULE, then.minusMillis(1))).contains(then);
        assertThat(open.closedUntil(RULE, then)).isEmpty();
        assertThat(open.ended(Word.Failed, RULE, then)).as("it began before").isEqualTo(open);

        Breaker half = open.begun(RULE, then).begun(RULE, then);
        assertThat(half.closedUntil(RULE, then)).isEmpty();
        half = half.begun(RULE, then);
        assertThat(half.closedUntil(RULE, then)).contains(then.plusSeconds(60));
    }

    @Test
    void itIsClosedWhenAllThreeEndWellAndOpenWhenOneDoesNot() {
        Instant then = NOW.plusSeconds(60);
        Breaker half = new Breaker.HalfOpen(3, 0, then);

        Breaker two =
                half.ended(Word.Well, RULE, then).ended(Word.None, RULE, then).ended(Word.Well, RULE, then);

        assertThat(two).isEqualTo(new Breaker.HalfOpen(3, 2, then));
        assertThat(two.ended(Word.Well, RULE, then)).isEqualTo(Breaker.NEW);
        assertThat(two.ended(Word.Failed, RULE, then)).isEqualTo(new Breaker.Open(then.plusSeconds(60)));
    }

    /** Of an end alone nobody knows when its run was let through, and a tool whose runs are longer than the pause would never have it closed. */
    @Test
    void whoWasLetThroughBeforeItOpenedAndEndsNowIsOneOfThem() {
        Instant then = NOW.plusSeconds(60);
        Breaker one = new Breaker.Open(then).begun(RULE, then);

        assertThat(one.ended(Word.Well, RULE, then).ended(Word.Well, RULE, then).ended(Word.Well, RULE, then))
                .isEqualTo(Breaker.NEW);
        assertThat(one.ended(Word.Failed, RULE, then)).isEqualTo(new Breaker.Open(then.plusSeconds(60)));
    }

    @Test
    void probesThatNeverEndKeepNobodyOutForEver() {
        Breaker half = new Breaker.HalfOpen(3, 1, NOW);

        assertThat(half.closedUntil(RULE, NOW)).isEmpty();
        assertThat(half.begun(RULE, NOW)).isEqualTo(new Breaker.HalfOpen(1, 0, NOW.plusSeconds(60)));
    }

    @Test
    void aProbeThatNothingCameOfIsThereAgain() {
        Breaker half = new Breaker.HalfOpen(3, 1, NOW);

        assertThat(half.takenBack()).isEqualTo(new Breaker.HalfOpen(2, 1, NOW));
        assertThat(new Breaker.HalfOpen(0, 0, NOW).takenBack()).isEqualTo(new Breaker.HalfOpen(0, 0, NOW));
        assertThat(new Breaker.Open(NOW).takenBack()).isEqualTo(new Breaker.Open(NOW));
        assertThat(Breaker.NEW.takenBack()).isEqualTo(Breaker.NEW);
    }

    @Test
    void whatIsToldIsWhereAnotherProcessBegins() {
        for (Breaker breaker : List.of(
                failed(Breaker.NEW, 3, NOW), new Breaker.Open(NOW), new Breaker.HalfOpen(2, 1, NOW), Breaker.NEW)) {
            assertThat(Breaker.of(breaker.told("t"))).isEqualTo(breaker);
        }
        assertThat(Breaker.of(Serialization.unmarshal(
                        "name: t\ncircuit: Open\nuntil: soon", dev.cofferdam.api.v1alpha1.ToolCircuit.class)))
                .isEqualTo(Breaker.NEW);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "phase: Failed, error: {kind: Infrastructure} | None",
                "phase: Failed, error: {kind: Infrastructure}, attempts: [{number: 1, podName: p, podUID: u}] | Failed",
                "phase: Unknown, error: {kind: Infrastructure}, attempts: [{number: 1, podName: p, podUID: u}] | Failed",
                "phase: Failed, error: {kind: Runtime}, attempts: [{number: 1, podName: p, podUID: u}] | Well",
                "phase: TimedOut, error: {kind: Timeout}, attempts: [{number: 1, podName: p, podUID: u}] | Well",
                "phase: Succeeded, attempts: [{number: 1, podName: p, podUID: u}] | Well",
                "phase: Cancelled, attempts: [{number: 1, podName: p, podUID: u}] | None",
                "phase: Denied | None",
            })
    void whatAnEndSays(String status, Word word) {
        assertThat(Breaker.word(Serialization.unmarshal("---\n{" + status + "}", ToolRunStatus.class)))
                .isEqualTo(word);
    }

    private static Breaker failed(Breaker breaker, int times, Instant now) {
        for (int time = 0; time < times; time++) {
            breaker = breaker.ended(Word.Failed, RULE, now);
        }
        return breaker;
    }
}
