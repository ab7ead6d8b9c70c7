package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.policy.Repetition;
import java.time.Instant;
import java.util.Optional;

/** Whether the end of an attempt is the end of its run: the one place that says so. */
public final class Retrial {
    private Retrial() {}

    /**
     * Another attempt, where there is to be one. For a tool that may run twice only, and for a run that nobody wants stopped.
     *
     * @param end how the newest attempt goes, or went
     * @param repetition what the policy says now
     * @return empty where the attempt goes on, ended in a way that is not tried again, or was the last one
     */
    public static Optional<Observation.Again> of(ToolRun run, Observation end, Repetition repetition, Instant now) {
        Attempt attempt = Reducer.statusOf(run).attempts().getLast();
        if (attempt.number() >= repetition.attemptsMost() || !Reducer.isRetryable(run, end, now)) {
            return Optional.empty();
        }
        Instant ended = attempt.finishedAt() == null ? now : Instant.parse(attempt.finishedAt());
        return Optional.of(new Observation.Again(
                end, ended.plus(repetition.delay(run.getMetadata().getUid(), attempt.number()))));
    }
}
