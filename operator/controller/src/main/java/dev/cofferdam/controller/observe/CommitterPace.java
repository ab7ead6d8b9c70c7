package dev.cofferdam.controller.observe;

import dev.cofferdam.api.v1alpha1.Commitment;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** When another pod may be made that writes a run's changes, after one was lost. */
final class CommitterPace {
    /** Between the first two; twice as long between the next two, and so on. */
    private static final long FIRST_SECONDS = 10;

    /** Those that went before they started are not counted, and come more and more seldom: after a part of all the time that it has taken so far. */
    private static final int PART_OF_TIME = 4;

    private static final long IDLE_MOST_SECONDS = 600;

    private CommitterPace() {}

    /** @param idle when the last one was seen last, where it had never started */
    static Instant next(Commitment commit, Optional<Instant> idle) {
        Instant begun = Instant.parse(commit.startedAt());
        return idle.map(last -> last.plusMillis(Math.clamp(
                        Duration.between(begun, last).dividedBy(PART_OF_TIME).toMillis(),
                        FIRST_SECONDS * 1000,
                        IDLE_MOST_SECONDS * 1000)))
                .orElseGet(() -> begun.plusSeconds(FIRST_SECONDS * ((1L << commit.number()) - 1)));
    }
}
