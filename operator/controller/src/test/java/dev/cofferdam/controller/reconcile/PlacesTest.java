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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
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
        watch(places);
        for (String name : List.of("a", "b", "c", "d")) {
            cache.add(run(name, ""));
        }
    }

    private void watch(Places which) {
        which.watch(
                (namespace, policy) -> cache.stream()
                        .filter(run -> run.getSpec().policyRef().name().equals(policy))
                        .toList(),
                namespace -> List.copyOf(cache));
    }

    /** Two places for the whole namespace, by two policies of three: the third heeds nothing, and counts. */
    @Test
    void aNamespaceHasItsPlacesWhateverThePolicy() {
        Capacity shared = new Capacity(OptionalInt.empty(), OptionalInt.of(2), 100, Duration.ofMinutes(5));
        cache.clear();
        cache.addAll(List.of(of("p", "a"), of("q", "b"), of("q", "c"), of("p", "d"), of("free", "e")));

        assertThat(places.turn(named("b"), shared, NOW))
                .as("a may not be known")
                .isEqualTo(new Turn.Now());
        assertThat(places.turn(named("a"), shared, NOW)).isEqualTo(new Turn.Now());
        assertThat(places.turn(named("d"), shared, NOW))
                .as("N + 1; c is before it")
                .isEqualTo(new Turn.Later(2, Optional.empty()));
        assertThat(places.turn(named("c"), shared, NOW)).isEqualTo(new Turn.Later(1, Optional.empty()));

        places.ended(named("a"));
        assertThat(places.next(named("a"), 2))
                .extracting(run -> run.getMetadata().getName())
                .containsExactly("d", "c");
        assertThat(places.turn(named("d"), shared, NOW))
                .as("the older one of the other policy")
                .isInstanceOf(Turn.Later.class);
        assertThat(places.turn(named("c"), shared, NOW)).isEqualTo(new Turn.Now());

        places.ended(named("b"));
        places.begins(named("e"));
        assertThat(places.turn(named("d"), shared, NOW))
                .as("what heeds nothing counts")
                .isInstanceOf(Turn.Later.class);
        places.giveBack(named("e"));
        assertThat(places.turn(named("d"), shared, NOW)).isEqualTo(new Turn.Now());
    }

    /** What a policy's own bound keeps waiting is in nobody's way. */
    @Test
    void whoCannotBeginAnywayIsNotWaitedFor() {
        Capacity narrow = new Capacity(OptionalInt.of(1), OptionalInt.of(3), 100, Duration.ofMinutes(5));
        Capacity wide = new Capacity(OptionalInt.empty(), OptionalInt.of(3), 100, Duration.ofMinutes(5));
        cache.clear();
        cache.addAll(List.of(of("p", "a"), of("p", "b"), of("p", "c"), of("q", "d"), of("q", "e"), of("q", "f")));

        assertThat(places.turn(named("a"), narrow, NOW)).isEqualTo(new Turn.Now());
        assertThat(places.turn(named("b"), narrow, NOW)).isInstanceOf(Turn.Later.class);
        assertThat(places.turn(named("d"), wide, NOW)).isEqualTo(new Turn.Now());
        assertThat(places.turn(named("e"), wide, NOW)).isEqualTo(new Turn.Now());
        assertThat(places.turn(named("f"), wide, NOW)).isEqualTo(new Turn.Later(1, Optional.empty()));
    }

    /** Else an agent with many runs under the lower bound could keep those of the higher one away from places that are free. */
    @Test
    void whatALowerBoundKeepsWaitingIsInNobodysWay() {
        Capacity lower = new Capacity(OptionalInt.empty(), OptionalInt.of(1), 100, Duration.ofMinutes(5));
        Capacity higher = new Capacity(OptionalInt.empty(), OptionalInt.of(3), 100, Duration.ofMinutes(5));
        cache.clear();
        IntStream.range(10, 30).forEach(at -> cache.add(of("p", "a" + at)));
        cache.addAll(List.of(of("q", "x"), of("q", "y"), of("q", "z")));

        assertThat(places.turn(named("a10"), lower, NOW)).isEqualTo(new Turn.Now());
        assertThat(places.turn(named("a11"), lower, NOW)).isInstanceOf(Turn.Later.class);
        assertThat(places.turn(named("x"), higher, NOW)).isEqualTo(new Turn.Now());
        assertThat(places.turn(named("y"), higher, NOW)).isEqualTo(new Turn.Now());
        assertThat(places.turn(named("z"), higher, NOW)).isEqualTo(new Turn.Later(1, Optional.empty()));
        assertThat(places.turn(named("a11"), lower, NOW)).isInstanceOf(Turn.Later.class);
    }

    private ToolRun named(String name) {
        return cache.stream()
                .filter(run -> run.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static ToolRun of(String policy, String name) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: %2$s, uid: uid-%2$s, namespace: n, creationTimestamp: '2026-01-01T00:00:00Z'}
                spec: {policyRef: {name: %1$s}, tool: sh}
                """.formatted(policy, name), ToolRun.class);
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
        watch(others);

        assertThat(others.turn(cache.get(2), TWO, NOW)).isInstanceOf(Turn.Later.class);
        show("b", ENDED);
        assertThat(others.turn(cache.get(2), TWO, NOW)).isEqualTo(new Turn.Now());
    }

    /** With as many clients as there like to be, each of which asks for the same call. */
    @Test
    void aKeyWaitsOnceHoweverManyNameIt() {
        cache.clear();
        Capacity little = new Capacity(1, 2, Duration.ofMinutes(5));
        IntStream.range(0, 100).forEach(at -> cache.add(keyed("k" + at)));
        cache.add(run("other", ""));

        List<Turn> turns =
                cache.stream().map(run -> places.turn(run, little, NOW)).toList();

        assertThat(turns).doesNotContain(new Turn.Full()).containsOnlyOnce(new Turn.Now());
        assertThat(places.next(cache.getLast(), 10)).as("the key has its place").containsExactly(cache.getLast());
    }

    private static ToolRun keyed(String name) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: %1$s, uid: uid-%1$s, namespace: n, creationTimestamp: '2026-01-01T00:00:00Z'}
                spec: {policyRef: {name: p}, tool: sh, idempotencyKey: k}
                """.formatted(name), ToolRun.class);
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

    /** Whoever makes policies and deletes them fills no memory, and takes no place from a run that has one. */
    @Test
    void ofPoliciesWithoutARunNothingIsKeptWhereThereAreMany() {
        assertThat(places.turn(named("a"), TWO, NOW)).isEqualTo(new Turn.Now());
        for (int policy = 0; policy < 3 * Places.LINES_MOST; policy++) {
            places.count("n", "of-nobody-" + policy);
        }

        assertThat(places.known("n")).isLessThanOrEqualTo(Places.LINES_MOST);
        assertThat(places.turn(named("b"), TWO, NOW)).isEqualTo(new Turn.Now());
        assertThat(places.turn(named("c"), TWO, NOW)).as("N + 1").isInstanceOf(Turn.Later.class);
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
