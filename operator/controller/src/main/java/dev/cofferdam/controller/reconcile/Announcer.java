package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.status.Conditions;
import dev.cofferdam.controller.status.Denials;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.controller.status.Reduction;
import dev.cofferdam.controller.telemetry.RunMeters;
import dev.cofferdam.controller.telemetry.RunTraces;
import dev.cofferdam.controller.telemetry.Timeline;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Reason;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Tells what was stored: the audit log, Kubernetes Events, metrics, traces. What is told here is in the status already, so a failure costs no record. */
final class Announcer {
    private static final Logger LOG = Logger.getLogger(Announcer.class);

    private final Events events;
    private final AuditLog auditLog;
    private final RunMeters meters;
    private final Optional<RunTraces> traces;

    Announcer(Workbench bench) {
        this.events = new Events(bench.client(), bench.instance());
        this.auditLog = bench.auditLog();
        this.meters = bench.meters();
        this.traces = bench.traces();
    }

    void stored(ToolRun run, Reduction reduction, Instant now) {
        auditLog.stored(run, reduction.lines());
        ToolRunStatus status = reduction.status();
        meters.recorded(status, reduction.events());
        if (reduction.ended()) {
            Condition finished =
                    RunStory.condition(status, ConditionType.Finished).orElseThrow();
            event(run, "", status.phase() == Phase.Succeeded, "End", finished, now);
            Denials.of(Reducer.statusOf(run))
                    .ifPresent(
                            note -> event(run, ".denied", new Events.Told(false, Denials.REASON, "Deny", note), now));
            measured(run, status, finished.getReason(), now);
        }
        RunStory.condition(status, ConditionType.Finished, Reason.Retrying)
                .ifPresent(told -> event(run, "." + status.attempts().getLast().number(), false, "Retry", told, now));
        RunStory.condition(status, ConditionType.Finished, Reason.Unschedulable)
                .ifPresent(told -> event(
                        run, ".unschedulable." + status.attempts().getLast().number(), false, "Schedule", told, now));
        // Nothing is written after that.
        if (RunStory.isSettled(status)) {
            RunStory.condition(status, ConditionType.Committed).ifPresent(committed -> {
                event(run, ".commit", Conditions.TRUE.equals(committed.getStatus()), "Commit", committed, now);
                meters.committed(committed.getReason());
            });
        }
    }

    /** Nothing in a status may keep the loop from its own work. */
    private void measured(ToolRun run, ToolRunStatus status, String reason, Instant now) {
        try {
            Timeline timeline = Timeline.of(run, status, now);
            meters.ended(status.phase(), reason, timeline);
            traces.ifPresent(wanted -> wanted.ended(run, status, timeline));
        } catch (RuntimeException e) {
            LOG.warnf(e, "not measured: the run %s", run.getMetadata().getUid());
        }
    }

    private void event(ToolRun run, String suffix, boolean well, String action, Condition told, Instant now) {
        event(run, suffix, new Events.Told(well, told.getReason(), action, told.getMessage()), now);
    }

    private void event(ToolRun run, String suffix, Events.Told told, Instant now) {
        String name = run.getMetadata().getName() + "." + run.getMetadata().getUid() + suffix;
        events.make(Events.about(run), name, told, now)
                .ifPresent(code -> LOG.warnf(
                        "no Event for the run %s: answer %d", run.getMetadata().getUid(), code));
    }
}
