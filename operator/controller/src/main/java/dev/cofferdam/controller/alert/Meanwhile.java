package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.alert.Series;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was denied so far to a tool that is at work, from its status alone: whoever reads it, and however often, comes to the same.
 *
 * @param times how many at which time; those whose event the run does not keep, at the time of the oldest that it keeps
 */
public record Meanwhile(String tool, SortedMap<Instant, Long> times) {
    public Meanwhile {
        times = Collections.unmodifiableSortedMap(new TreeMap<>(times));
    }

    /** Empty where it has ended, or was denied nothing yet. */
    public static Optional<Meanwhile> of(ToolRun run) {
        if (run.getStatus() == null || EndedRun.isEnd(run.getStatus().phase())) {
            return Optional.empty();
        }
        SortedMap<Instant, Long> times = new TreeMap<>();
        EndedRun.gateways(run.getStatus()).forEach(source -> add(source, times));
        String tool = run.getSpec().tool();
        return times.isEmpty() ? Optional.empty() : Optional.of(new Meanwhile(tool == null ? "" : tool, times));
    }

    private static void add(AuditSource source, SortedMap<Instant, Long> times) {
        List<AuditEvent> kept = EndedRun.denials(source);
        long others = EndedRun.denied(source) - kept.size();
        for (AuditEvent event : kept) {
            Optional<Instant> at = at(event);
            if (at.isPresent()) {
                times.merge(at.get(), 1 + EndedRun.moreTimes(event) + Math.max(0, others), Long::sum);
                others = 0;
            }
        }
    }

    private static Optional<Instant> at(AuditEvent event) {
        try {
            return Optional.ofNullable(event.timestamp()).map(Instant::parse);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    long total() {
        return times.values().stream().mapToLong(Long::longValue).sum();
    }

    /** A window with all of it that came later than that. */
    Window window(Series series, Instant after) {
        Window window = Window.empty(series.seconds());
        for (var each : times.tailMap(after).entrySet()) {
            window = each.getKey().equals(after) ? window : window.plus(each.getKey(), each.getValue());
        }
        return window;
    }
}
