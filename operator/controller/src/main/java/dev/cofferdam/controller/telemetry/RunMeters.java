package dev.cofferdam.controller.telemetry;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.Circuit;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.record.MeteredComponents;
import dev.cofferdam.record.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** How many runs ended how, where their time went, and what was allowed and denied. Every label is a word of ours but the component, which is bounded. */
public final class RunMeters {
    private static final Duration LONGEST = Duration.ofHours(24);

    /** Those in which a run can be for long. */
    private static final List<Phase> UNFINISHED = List.of(Phase.Pending, Phase.Queued, Phase.Starting, Phase.Running);

    private static final Set<Circuit> CIRCUITS = EnumSet.of(Circuit.Open, Circuit.HalfOpen, Circuit.Closed);

    /** With these the names of policy and tool are the caller's word. */
    private static final Set<String> UNVERIFIED = Set.of(
            Reason.PolicyNotFound.name(),
            Reason.PolicyNotReady.name(),
            Reason.ToolNotRegistered.name(),
            Reason.InvalidSpec.name());

    private final MeterRegistry registry;
    private final MeteredComponents components = new MeteredComponents();

    /** What may become of the changes of a run that asks for a commit. */
    private static final Set<Reason> COMMITS = EnumSet.of(
            Reason.Committed,
            Reason.Conflict,
            Reason.NotWritable,
            Reason.ApprovalExpired,
            Reason.ContentsLost,
            Reason.ContentsNotKept,
            Reason.ContentsInvalid,
            Reason.ChangesIncomplete,
            Reason.NothingToCommit,
            Reason.Cancelled,
            Reason.CommitterLost);

    public RunMeters(MeterRegistry registry) {
        this.registry = registry;
        COMMITS.forEach(reason -> commits(reason.name()));
        CIRCUITS.forEach(this::circuits);
    }

    private Counter circuits(Circuit to) {
        return Counter.builder("cofferdam.circuit.changes")
                .description("Times that circuits of tools became open, half open or closed")
                .tag("to", to.name())
                .register(registry);
    }

    /** The circuit of some tool is another one now. */
    public void circuitIsNow(Circuit circuit) {
        circuits(circuit).increment();
    }

    private Counter commits(String reason) {
        return Counter.builder("cofferdam.commits")
                .description("Runs that asked for a commit, when it was decided")
                .tag("reason", reason)
                .register(registry);
    }

    /** @param reason of the condition Committed, which is decided */
    public void committed(String reason) {
        commits(reason).increment();
    }

    /** @param runs that are not settled, as they are known when somebody asks */
    public void watch(Supplier<Stream<ToolRun>> runs) {
        for (Phase phase : UNFINISHED) {
            Gauge.builder(
                            "cofferdam.runs.unfinished",
                            () -> runs.get()
                                    .filter(run -> phase == phaseOf(run))
                                    .count())
                    .description("Runs that have not ended")
                    .tag("phase", phase.name())
                    .register(registry);
        }
    }

    private static Phase phaseOf(ToolRun run) {
        return run.getStatus() == null || run.getStatus().phase() == null
                ? Phase.Pending
                : run.getStatus().phase();
    }

    /** Counts events that were stored. */
    public void recorded(ToolRunStatus status, List<AuditEvent> events) {
        for (AuditEvent event : events) {
            registry.counter(
                            "cofferdam.audit.events",
                            "component",
                            isUnverified(status) ? MeteredComponents.UNKNOWN : components.label(event.componentId()),
                            "event_type",
                            event.eventType().name(),
                            "result",
                            event.result().name())
                    .increment();
        }
    }

    private static boolean isUnverified(ToolRunStatus status) {
        return status.decision() != null
                && status.decision().reasons().stream()
                        .map(DecisionReason::code)
                        .anyMatch(UNVERIFIED::contains);
    }

    public void ended(Phase phase, String reason, Timeline timeline) {
        registry.counter("cofferdam.runs", "phase", phase.name(), "reason", reason)
                .increment();
        Duration whole = Duration.between(timeline.created(), timeline.ended());
        timer("cofferdam.run.duration", "From a run's creation to its end")
                .register(registry)
                .record(whole.isNegative() ? Duration.ZERO : whole);
        for (Timeline.Part part : timeline.parts()) {
            timer("cofferdam.run.stage", "Where the time of runs that have ended went")
                    .tag("stage", part.stage().name().toLowerCase(Locale.ROOT))
                    .register(registry)
                    .record(part.length());
        }
    }

    private static Timer.Builder timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(10))
                .maximumExpectedValue(LONGEST);
    }
}
