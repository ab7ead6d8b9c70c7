package dev.cofferdam.controller.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When all is looked through again. */
class PassPaceTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final PassPace pace = new PassPace(Duration.ofMinutes(5));

    /** Else a list that the API server never finishes is asked for at every turn. */
    @Test
    void aPassThatFailsIsMadeAgainInAMinuteNotAtOnce() {
        assertThat(pace.isDue(NOW)).isTrue();
        pace.begins(NOW);

        assertThat(pace.isDue(NOW.plusSeconds(10))).isFalse();
        assertThat(pace.isDue(NOW.plusSeconds(60))).isTrue();
    }

    @Test
    void oneThatIsDoneIsMadeAgainAfterItsInterval() {
        pace.begins(NOW);
        pace.isDone(NOW.plusSeconds(30));

        assertThat(pace.isDue(NOW.plusSeconds(329))).isFalse();
        assertThat(pace.isDue(NOW.plusSeconds(330))).isTrue();
    }

    @Test
    void whoBeginsToLeadBeginsWithOne() {
        pace.isDone(NOW);
        pace.reset();

        assertThat(pace.isDue(NOW)).isTrue();
    }

    @Test
    void afterAFailureNobodyWaitsLongerThanOtherwise() {
        PassPace quick = new PassPace(Duration.ofSeconds(20));
        quick.begins(NOW);

        assertThat(quick.isDue(NOW.plusSeconds(20))).isTrue();
    }
}
