package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.status.ConditionType;
import dev.cofferdam.controller.status.Conditions;
import dev.cofferdam.controller.status.Reduction;
import dev.cofferdam.controller.telemetry.RunMeters;
import dev.cofferdam.controller.telemetry.RunTraces;
import dev.cofferdam.controller.telemetry.Timeline;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Tells what was stored: the audit log, Kubernetes Events, metrics, traces. What is told here is in the status already, so a failure costs no record. */
final class Announcer {
    private static final Logger LOG = Logger.getLogger(Announcer.class);

    static final String REPORTER = "cofferdam.dev/controller";

    /** What the API server takes for a MicroTime: always six digits. */
    static final DateTimeFormatter MICROS = new DateTimeFormatterBuilder()
            .appendPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
            .toFormatter(Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final KubernetesClient client;
    private final PrintStream auditLog;
    private final RunMeters meters;
    private final Optional<RunTraces> traces;
    private final String instance;

    Announcer(Workbench bench) {
        this.client = bench.client();
        this.auditLog = bench.auditLog();
        this.meters = bench.meters();
        this.traces = bench.traces();
        this.instance = bench.instance();
    }

    void stored(ToolRun run, Reduction reduction, Instant now) {
        reduction.lines().forEach(auditLog::println);
        ToolRunStatus status = reduction.status();
        meters.recorded(status, reduction.events());
        if (reduction.ended()) {
            Condition finished = condition(status, ConditionType.Finished).orElseThrow();
            event(run, "", status.phase() == Phase.Succeeded, "End", finished, now);
            measured(run, status, finished.getReason(), now);
        }
        // Nothing is written after that.
        if (Boolean.TRUE.equals(status.settled())) {
            condition(status, ConditionType.Committed).ifPresent(committed -> {
                event(run, ".commit", Conditions.TRUE.equals(committed.getStatus()), "Commit", committed, now);
                meters.committed(committed.getReason());
            });
        }
    }

    private static Optional<Condition> condition(ToolRunStatus status, ConditionType type) {
        return status.conditions().stream()
                .filter(condition -> type.name().equals(condition.getType()))
                .findFirst();
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
        Event event = new EventBuilder()
                .withNewMetadata()
                .withNamespace(run.getMetadata().getNamespace())
                .withName(run.getMetadata().getName() + "." + run.getMetadata().getUid() + suffix)
                .addToLabels(Names.PART_OF_LABEL, Names.PART_OF)
                .endMetadata()
                .withRegarding(new ObjectReferenceBuilder()
                        .withApiVersion(run.getApiVersion())
                        .withKind(run.getKind())
                        .withNamespace(run.getMetadata().getNamespace())
                        .withName(run.getMetadata().getName())
                        .withUid(run.getMetadata().getUid())
                        .build())
                .withEventTime(new MicroTime(MICROS.format(now)))
                .withType(well ? "Normal" : "Warning")
                .withReason(told.getReason())
                .withAction(action)
                .withNote(told.getMessage())
                .withReportingController(REPORTER)
                .withReportingInstance(instance)
                .build();
        try {
            client.resource(event).create();
        } catch (KubernetesClientException e) {
            LOG.warnf("no Event for the run %s: answer %d", run.getMetadata().getUid(), e.getCode());
        }
    }
}
