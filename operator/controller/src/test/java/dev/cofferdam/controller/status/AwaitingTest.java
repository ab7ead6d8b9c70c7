package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.policy.Capacity;
import dev.cofferdam.policy.Repetition;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How long a run waits for another one of its key. */
class AwaitingTest {
    private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);

    @Test
    void waitsAsLongAsTheFirstOneCouldTake() {
        assertThat(Awaiting.patience(Optional.empty(), Optional.empty(), HOUR))
                .isEqualTo(Duration.ofMinutes(10 + 60 + 15));
        assertThat(Awaiting.patience(Optional.of(new Capacity(1, 1, Duration.ofMinutes(5))), Optional.empty(), HOUR))
                .isEqualTo(Duration.ofMinutes(5 + 10 + 60 + 15));
        assertThat(Awaiting.patience(Optional.empty(), Optional.of(Repetition.DEFAULTS), HOUR))
                .isEqualTo(Duration.ofMinutes(3 * (10 + 60) + 15).plusSeconds(3 * 30));
    }

    @Test
    void isOverWhenThatTimeIsAndWhoLooksHasLookedForAWhile() {
        Instant over = CREATED.plus(HOUR);

        assertThat(Awaiting.isOver(CREATED, CREATED, HOUR, over)).isFalse();
        assertThat(Awaiting.isOver(CREATED, CREATED, HOUR, over.plusMillis(1))).isTrue();
        Instant begun = over.plusSeconds(1000);
        assertThat(Awaiting.isOver(CREATED, begun, HOUR, begun.plusSeconds(300)))
                .as("it may not have seen the other one's end")
                .isFalse();
        assertThat(Awaiting.isOver(CREATED, begun, HOUR, begun.plusSeconds(301)))
                .isTrue();
    }
}
