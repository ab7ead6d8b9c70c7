package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Capacity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose turn it is, at every edge. */
class TurnTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");
    private static final Instant SINCE = Instant.parse("2026-01-01T00:05:00Z");

    @ParameterizedTest
    @CsvSource({
        "1, 0, 0, 0",
        "1, 1, 0, 1",
        "3, 2, 0, 0",
        "3, 3, 0, 1",
        "3, 2, 1, 1",
        "3, 0, 2, 0",
        "3, 0, 3, 1",
        "3, 5, 2, 5"
    })
    void aPlaceIsFreeWhereFewerAreActiveAndBefore(int places, int active, int before, int position) {
        List<ToolRun> waiting = IntStream.range(0, before)
                .mapToObj(at -> run("a" + at, "00:00:01", ""))
                .toList();

        Turn turn = Turn.of(run("me", "00:00:02", ""), capacity(places, 100), active, waiting, NOW);

        assertThat(turn).isEqualTo(position == 0 ? new Turn.Now() : new Turn.Later(position, Optional.empty()));
    }

    @Test
    void theOrderIsThatOfCreationThenOfNames() {
        ToolRun me = run("m", "00:00:02", "");
        List<ToolRun> others = List.of(
                me,
                run("z", "00:00:01", ""),
                run("a", "00:00:02", ""),
                run("n", "00:00:02", ""),
                run("a2", "00:00:03", ""));

        assertThat(Turn.of(me, capacity(1, 100), 0, others, NOW)).isEqualTo(new Turn.Later(2, Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, true", "2, 2, false", "2, 3, true"})
    void asManyWaitAsMay(int queued, int position, boolean full) {
        ToolRun me = run("m", "00:00:02", "");

        Turn turn = Turn.of(me, capacity(1, queued), position, List.of(), NOW);

        assertThat(turn).isEqualTo(full ? new Turn.Full() : new Turn.Later(position, Optional.empty()));
        assertThat(Turn.of(waits("m"), capacity(1, 0), position, List.of(), SINCE))
                .as("whoever waits already is not sent away when less is allowed")
                .isInstanceOf(Turn.Later.class);
    }

    @Test
    void nobodyWaitsForLessThanThePolicySaysNorForMuchMore() {
        ToolRun me = waits("m");
        Instant end = SINCE.plus(Duration.ofMinutes(5)).plusSeconds(1);

        assertThat(Turn.of(me, capacity(1, 1), 1, List.of(), end.minusMillis(1)))
                .isEqualTo(new Turn.Later(1, Optional.of(end)));
        assertThat(Turn.of(me, capacity(1, 1), 1, List.of(), end)).isEqualTo(new Turn.Over());
        assertThat(Turn.of(me, capacity(1, 1), 0, List.of(), end))
                .as("its turn")
                .isEqualTo(new Turn.Now());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | false | true",
                "phase: Queued | false | true",
                "phase: FromTheFuture | false | false",
                "phase: Starting, attempts: [{number: 1, podName: p, podUID: u}] | true | false",
                "phase: Pending, attempts: [{number: 1, podName: p, podUID: u, finishedAt: '2026-01-01T00:00:00Z'}] | true | false",
                "phase: Failed, attempts: [{number: 1, podName: p, podUID: u}], conditions: [{type: Finished, status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z'}] | false | false",
                "phase: Denied, conditions: [{type: Finished, status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z'}] | false | false",
                "phase: Pending, conditions: [{type: Finished, status: 'False', reason: AwaitingFirst, lastTransitionTime: '2026-01-01T00:00:00Z'}] | false | false",
            })
    void whoHasAPlaceAndWhoWaitsForOne(String status, boolean active, boolean waiting) {
        ToolRun run = run("m", "00:00:00", status);

        assertThat(Turn.isActive(run)).isEqualTo(active);
        assertThat(Turn.isWaiting(run)).isEqualTo(waiting);
    }

    private static Capacity capacity(int places, int queued) {
        return new Capacity(places, queued, Duration.ofMinutes(5));
    }

    private static ToolRun waits(String name) {
        return run(
                name,
                "00:00:02",
                "phase: Queued, conditions: [{type: Finished, status: 'False', reason: Queued, lastTransitionTime: '"
                        + SINCE + "'}]");
    }

    private static ToolRun run(String name, String time, String status) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: %1$s, uid: uid-%1$s, namespace: n, creationTimestamp: '2026-01-01T%2$sZ'}
                spec: {policyRef: {name: p}, tool: sh}
                status: {%3$s}
                """.formatted(name, time, status), ToolRun.class);
    }
}
