package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ActiveRuns;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Turn;
import dev.cofferdam.policy.Capacity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Places while the cache lags behind what this process has done, and when another process begins. */
class PlacesTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");
    private static final Capacity TWO = new Capacity(2, 100, Duration.ofMinutes(5));
    private static final String CLAIMED = "phase: Starting, attempts: [{number: 1, podName: p, podUID: u}]";
    private static final String ENDED = CLAIMED.replace("Starting", "Failed")
            + ", conditions: [{type: Finished, status: 'True', reason: X, lastTransitionTime: '2026-01-01T00:00:00Z'}]";

    private final List<ToolRun> cache = new CopyOnWriteArrayList<>();
    private final Places places = new Places();

    @BeforeEach
    void watch() {
        places.watch((namespace, policy) -> List.copyOf(cache));
        for (String name : List.of("a", "b", "c", "d")) {
            cache.add(run(name, ""));
        }
    }

    @Test
    void aPlaceThatWasTakenIsTakenBeforeTheCacheShowsIt() {
        assertThat(turn("a")).isEqualTo(new Turn.Now());
        assertThat(turn("b")).isEqualTo(new Turn.Now());
        assertThat(turn("c")).isInstanceOf(Turn.Later.class);
        assertThat(turn("a")).as("looked at once more").isEqualTo(new Turn.Now());
    }

    @Test
    void aPlaceThatNothingCameOfIsFree() {
        turn("a");
        turn("b");
        places.giveBack(run("a", ""));

        assertThat(turn("c")).as("the one that gave it back comes before").isInstanceOf(Turn.Later.class);
        assertThat(turn("a")).isEqualTo(new Turn.Now());
    }

    @Test
    void anEndGivesAPlaceBeforeTheCacheShowsIt() {
        show("a", CLAIMED);
        show("b", CLAIMED);
        assertThat(turn("c")).isInstanceOf(Turn.Later.class);

        places.ended(run("a", ""));

        assertThat(places.next(run("a", ""), 1))
                .extracting(run -> run.getMetadata().getName())
                .containsExactly("c");
        assertThat(turn("c")).isEqualTo(new Turn.Now());
        show("a", ENDED);
        show("c", CLAIMED);
        assertThat(turn("d")).as("and only one").isInstanceOf(Turn.Later.class);
        cache.removeIf(run -> run.getMetadata().getName().equals("a"));
        assertThat(turn("d")).isInstanceOf(Turn.Later.class);
    }

    @Test
    void anotherProcessCountsTheSame() {
        show("a", CLAIMED);
        show("b", CLAIMED);
        Places others = new Places();
        others.watch((namespace, policy) -> List.copyOf(cache));

        assertThat(others.turn(cache.get(2), TWO, NOW)).isInstanceOf(Turn.Later.class);
        show("b", ENDED);
        assertThat(others.turn(cache.get(2), TWO, NOW)).isEqualTo(new Turn.Now());
    }

    @Test
    void countsWhatIsActiveAndWhatIsOnRecordAsWaiting() {
        show("a", CLAIMED);
        show(
                "c",
                "phase: Queued, conditions: [{type: Finished, status: 'False', reason: Queued, lastTransitionTime: '2026-01-01T00:00:00Z'}]");

        assertThat(places.count("n", "p")).isEqualTo(new ActiveRuns(1, 1, "2026-01-01T00:00:00Z"));
        cache.clear();
        assertThat(places.count("n", "p")).isEqualTo(new ActiveRuns(0, 0, null));
    }

    private Turn turn(String name) {
        return places.turn(
                cache.stream()
                        .filter(run -> run.getMetadata().getName().equals(name))
                        .findFirst()
                        .orElseThrow(),
                TWO,
                NOW);
    }

    private void show(String name, String status) {
        cache.replaceAll(run -> run.getMetadata().getName().equals(name) ? run(name, status) : run);
    }

    private static ToolRun run(String name, String status) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: %1$s, uid: uid-%1$s, namespace: n, creationTimestamp: '2026-01-01T00:00:00Z'}
                spec: {policyRef: {name: p}, tool: sh}
                status: {%2$s}
                """.formatted(name, status), ToolRun.class);
    }
}
