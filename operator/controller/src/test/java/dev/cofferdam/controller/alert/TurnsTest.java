package dev.cofferdam.controller.alert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertSeverity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose firing is told next. */
class TurnsTest {
    private final Turns turns = new Turns();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void ofOneAlertOneWaits() {
        assertThat(turns.offer(firing("a", "p", "x", "1"))).isTrue();
        assertThat(turns.offer(firing("a", "p", "x", "2"))).isFalse();
        assertThat(turns.offer(firing("a", "q", "x", "3"))).isTrue();
        assertThat(turns.all().count()).isEqualTo(2);

        turns.told(turns.next(now).orElseThrow());
        assertThat(turns.offer(firing("a", "p", "x", "2"))).isTrue();
    }

    @Test
    void aFloodInOneNamespaceDelaysNobodyElse() {
        for (int policy = 0; policy < 1000; policy++) {
            turns.offer(firing("flood", "p" + policy, "x", "f" + policy));
        }
        turns.offer(firing("b", "p", "x", "b"));
        turns.offer(firing("c", "p", "x", "c"));

        assertThat(turns.all().count()).as("it has no more room than others").isEqualTo(64 + 2);
        assertThat(tell(3)).contains("b", "c");
        turns.offer(firing("d", "p", "x", "d"));
        assertThat(tell(2)).contains("d");
    }

    @Test
    void whatIsNotTakenDelaysOnlyItsOwnNamespace() {
        turns.offer(firing("a", "p", "x", "poison"));
        turns.offer(firing("a", "p", "y", "well"));
        List<Duration> pauses = new ArrayList<>();
        for (int time = 0; time < 8; time++) {
            Duration pause = turns.failed(turns.next(now).orElseThrow(), now);
            pauses.add(pause);
            assertThat(turns.next(now)).isEmpty();
            turns.offer(firing("b", "p", "x", "b" + time));
            assertThat(tell(1)).containsExactly("b" + time);
            now = now.plus(pause);
        }
        assertThat(pauses.stream().map(Duration::toSeconds)).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 32L, 32L);

        // Each in turn, so the one behind it is told.
        assertThat(turns.next(now).orElseThrow().firing().id()).isEqualTo("poison");
        turns.failed(turns.next(now).orElseThrow(), now);
        now = now.plusSeconds(32);
        assertThat(tell(1)).containsExactly("well");
        assertThat(turns.failed(turns.next(now).orElseThrow(), now)).isEqualTo(Duration.ofSeconds(1));
        assertThat(turns.all().count()).isOne();
    }

    @Test
    void aClockThatIsSetBackKeepsNobodyWaiting() {
        turns.offer(firing("a", "p", "x", "1"));
        turns.failed(turns.next(now).orElseThrow(), now);
        now = now.minusSeconds(3600);

        assertThat(tell(1)).containsExactly("1");
    }

    private List<String> tell(int times) {
        List<String> told = new ArrayList<>();
        for (int time = 0; time < times; time++) {
            Firing next = turns.next(now).orElseThrow();
            turns.told(next);
            told.add(next.firing().id());
        }
        return told;
    }

    private static Firing firing(String namespace, String policy, String alert, String id) {
        return new Firing(
                namespace,
                policy,
                namespace + "/" + policy,
                alert,
                "runs > 1 per hour",
                AlertSeverity.Info,
                AlertAction.Notify,
                new AlertFiring(id, "2026-01-01T00:00:00Z", null, List.of(), null, null, null, null),
                1);
    }
}
