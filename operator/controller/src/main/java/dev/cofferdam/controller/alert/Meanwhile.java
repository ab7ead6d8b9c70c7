package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.status.Denials;
import dev.cofferdam.record.RunStory;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was denied so far to a tool that is at work, from its status alone: whoever reads it, and however often, comes to the same.
 *
 * @param times how many at which time; those whose event the run does not keep, at the time of the oldest event that it keeps
 */
public record Meanwhile(String tool, SortedMap<Instant, Long> times) {
    public Meanwhile {
        times = Collections.unmodifiableSortedMap(new TreeMap<>(times));
    }

    /** Empty where it has ended, or was denied nothing yet. */
    public static Optional<Meanwhile> of(ToolRun run) {
        if (run.getStatus() == null || RunStory.isEnd(run.getStatus().phase())) {
            return Optional.empty();
        }
        SortedMap<Instant, Long> times = times(run.getStatus());
        String tool = run.getSpec().tool();
        return times.isEmpty() ? Optional.empty() : Optional.of(new Meanwhile(tool == null ? "" : tool, times));
    }

    /** What gateways denied, whether the run has ended or not. */
    static SortedMap<Instant, Long> times(ToolRunStatus status) {
        SortedMap<Instant, Long> times = new TreeMap<>();
        Denials.gateways(status).forEach(source -> add(source, times));
        return times;
    }

    private static void add(AuditSource source, SortedMap<Instant, Long> times) {
        List<AuditEvent> kept = Denials.kept(source);
        long others = Denials.total(source) - kept.size();
        if (others > 0) {
            // They were before all that is kept.
            source.events().stream()
                    .flatMap(event -> at(event).stream())
                    .findFirst()
                    .ifPresent(oldest -> times.merge(oldest, others, Long::sum));
        }
        for (AuditEvent event : kept) {
            at(event).ifPresent(at -> times.merge(at, 1 + Denials.moreTimes(event), Long::sum));
        }
    }

    private static Optional<Instant> at(AuditEvent event) {
        return Timestamp.read(event.timestamp());
    }

    /** Those that came later than that. */
    static SortedMap<Instant, Long> since(SortedMap<Instant, Long> times, Instant after) {
        SortedMap<Instant, Long> since = new TreeMap<>(times.tailMap(after));
        since.remove(after);
        return since;
    }
}
