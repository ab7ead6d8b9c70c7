package dev.cofferdam.controller.telemetry;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.status.Reducer;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the time of a run that has ended went, as its status tells. The API server gives the time of creation in whole seconds, so the first part may be up to a
 * second longer here than it was.
 *
 * @param created when the run was created
 * @param ended when its end was written
 * @param parts in order, none over another; those that the run did not come to are missing
 */
public record Timeline(Instant created, Instant ended, List<Part> parts) {
    public Timeline {
        parts = List.copyOf(parts);
    }

    /** What is done in a part of a run's time. */
    public enum Stage {
        /** From the run's creation to the policy's word; a run that waits in a queue, or for another one, is decided when that is over. */
        Decide,
        /** Until the tool was started: pod, sandbox, box, gate; of the last attempt. */
        Start,
        /** The tool. */
        Execute,
        /** Until the end could be read. */
        Record
    }

    public record Part(Stage stage, Instant from, Instant to) {
        public Duration length() {
            return Duration.between(from, to);
        }
    }

    /** One pod's share of the run; the delay before another attempt counts as the later one's. */
    public record Try(Attempt attempt, Instant from, Instant to) {}

    /**
     * @param run with the facts that were known when it ended
     * @param status what was written then
     */
    public static Timeline of(ToolRun run, ToolRunStatus status, Instant ended) {
        ToolRunStatus facts = Reducer.statusOf(run);
        Instant created = time(run.getMetadata().getCreationTimestamp()).orElse(ended);
        List<Part> parts = new ArrayList<>();
        Instant decided = decided(status).orElse(created);
        add(parts, Stage.Decide, created, decided);
        Instant begun = beforeLast(status.attempts()).orElse(decided);
        Optional<Instant> started = Optional.ofNullable(facts.execution())
                .filter(execution -> ofLast(status.attempts(), execution.podUID()))
                .flatMap(execution -> time(execution.startedAt()));
        if (started.isPresent()) {
            Instant over = Optional.ofNullable(facts.result())
                    .filter(result -> ofLast(status.attempts(), result.podUID()))
                    .map(Result::durationMillis)
                    .map(started.get()::plusMillis)
                    // A sandbox's word: no tool was at work for longer than its run.
                    .filter(ended::isAfter)
                    .orElse(ended);
            add(parts, Stage.Start, begun, started.get());
            add(parts, Stage.Execute, started.get(), over);
            add(parts, Stage.Record, over, ended);
        }
        return new Timeline(created, ended, parts);
    }

    /** The attempts of a run, each from the end of the one before. */
    public static List<Try> tries(ToolRunStatus status, Instant ended) {
        List<Try> tries = new ArrayList<>();
        Instant from = decided(status).orElse(ended);
        for (Attempt attempt : status.attempts()) {
            Instant to = time(attempt.finishedAt()).filter(from::isBefore).orElse(from.isBefore(ended) ? ended : from);
            tries.add(new Try(attempt, from, to));
            from = to;
        }
        return tries;
    }

    private static Optional<Instant> decided(ToolRunStatus status) {
        return Optional.ofNullable(status.decision()).flatMap(decision -> time(decision.time()));
    }

    private static boolean ofLast(List<Attempt> attempts, String podUid) {
        return !attempts.isEmpty() && attempts.getLast().podUID().equals(podUid);
    }

    private static Optional<Instant> beforeLast(List<Attempt> attempts) {
        return attempts.size() < 2
                ? Optional.empty()
                : time(attempts.get(attempts.size() - 2).finishedAt());
    }

    /** Clocks of different machines: what would end before it begins, took no time. */
    private static void add(List<Part> parts, Stage stage, Instant from, Instant to) {
        Instant begun = parts.isEmpty() || from.isAfter(parts.getLast().to())
                ? from
                : parts.getLast().to();
        parts.add(new Part(stage, begun, to.isBefore(begun) ? begun : to));
    }

    /** A time that another program wrote may be no time. */
    static Optional<Instant> time(String text) {
        try {
            return Optional.ofNullable(text).map(Instant::parse);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
