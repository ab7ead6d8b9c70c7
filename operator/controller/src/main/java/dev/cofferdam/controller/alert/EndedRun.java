package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.EffectiveLimits;
import dev.cofferdam.api.v1alpha1.ErrorKind;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.api.v1alpha1.Verdict;
import dev.cofferdam.controller.status.Denials;
import dev.cofferdam.policy.alert.Count;
import dev.cofferdam.policy.alert.RunEnd;
import dev.cofferdam.policy.alert.Violation;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Reason;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What the end of a run tells alerts, from its status alone: whoever reads it, and however often, comes to the same.
 *
 * @param run its UID
 * @param at when it ended, exactly as its status says
 * @param denials what gateways denied, how many at which time; of all that its end counts as denials
 */
public record EndedRun(String run, Instant at, RunEnd end, SortedMap<Instant, Long> denials) {
    private static final Set<Phase> FAILED = EnumSet.of(Phase.Failed, Phase.TimedOut, Phase.Unknown);
    private static final String CONTROLLER = "controller";

    /** Somebody, or an alert, had stopped the tool, the policy or the namespace: what is denied then says nothing of what is let through. */
    private static final Set<String> STOPPED =
            Set.of(Reason.ToolDisabled.name(), Reason.PolicySuspended.name(), Reason.NamespaceSuspended.name());

    private static final double PERCENT = 100;

    /** Empty where it has not ended, executed nothing in its own stead, or was refused because its tools are stopped. */
    public static Optional<EndedRun> of(ToolRun run) {
        ToolRunStatus status = run.getStatus();
        if (status == null || !RunStory.isEnd(status.phase()) || status.replayOf() != null) {
            return Optional.empty();
        }
        Condition finished = RunStory.condition(status, ConditionType.Finished).orElse(null);
        if (finished == null || status.phase() == Phase.Denied && STOPPED.contains(finished.getReason())) {
            return Optional.empty();
        }
        return at(status, finished).map(at -> of(run, at, end(run, status, status.phase(), finished.getReason())));
    }

    /**
     * What is known of a run that was deleted before its end was stored; empty where nothing of it was executed, or it had ended.
     *
     * @param last as it was last seen
     * @param at when it was found to be gone
     */
    public static Optional<EndedRun> deleted(ToolRun last, Instant at) {
        ToolRunStatus status = last.getStatus();
        return status == null || status.attempts().isEmpty() || RunStory.isEnd(status.phase())
                ? Optional.empty()
                : Optional.of(of(last, at, end(last, status, Phase.Cancelled, Reason.Deleted.name())));
    }

    private static EndedRun of(ToolRun run, Instant at, RunEnd end) {
        SortedMap<Instant, Long> denials = new TreeMap<>();
        // Nothing was denied after the end, whatever the clock of a gateway says.
        Meanwhile.times(run.getStatus())
                .forEach((time, count) -> denials.merge(time.isAfter(at) ? at : time, count, Long::sum));
        return new EndedRun(run.getMetadata().getUid(), at, end, denials);
    }

    private static Optional<Instant> at(ToolRunStatus status, Condition finished) {
        Optional<String> event = sources(status).stream()
                .filter(source -> CONTROLLER.equals(source.source()))
                .flatMap(source -> source.events().stream())
                .filter(it -> it.eventType() == AuditEventType.ProcessExec && "end".equals(it.action()))
                .map(AuditEvent::timestamp)
                .findFirst();
        return Timestamp.read(event.orElse(finished.getLastTransitionTime()));
    }

    private static RunEnd end(ToolRun run, ToolRunStatus status, Phase phase, String reason) {
        List<AuditSource> gateways = Denials.gateways(status);
        List<AuditEvent> denied = gateways.stream()
                .flatMap(source -> source.events().stream())
                .filter(event -> event.result() == AuditResult.Denied)
                .toList();
        Set<Violation> violations = new LinkedHashSet<>();
        reasons(status).forEach(asked -> Violations.of(asked).ifPresent(violations::add));
        denied.forEach(event -> Violations.of(event).ifPresent(violations::add));
        Map<Count, Long> counts = new EnumMap<>(Count.class);
        counts.put(Count.Runs, 1L);
        put(counts, Count.DeniedRuns, phase == Phase.Denied);
        put(counts, Count.Failures, FAILED.contains(phase));
        put(counts, Count.Timeouts, phase == Phase.TimedOut);
        boolean outOfMemory = Reason.OutOfMemory.name().equals(reason);
        put(counts, Count.OutOfMemory, outOfMemory);
        put(
                counts,
                Count.InfrastructureFailures,
                status.error() != null && status.error().kind() == ErrorKind.Infrastructure);
        counts.put(
                Count.PermissionDenials,
                reasons(status).size()
                        + gateways.stream().mapToLong(Denials::total).sum()
                        + denied.stream().mapToLong(Denials::moreTimes).sum());
        counts.put(Count.PolicyViolations, (long) violations.size());
        counts.values().removeIf(count -> count <= 0);
        boolean told = status.result() != null && status.result().outcome() != Outcome.Tampered;
        return new RunEnd(
                run.getSpec().tool() == null ? "" : run.getSpec().tool(),
                phase.name(),
                reason == null ? "" : reason,
                status.exitCode() == null ? OptionalInt.empty() : OptionalInt.of(status.exitCode()),
                outOfMemory
                        ? OptionalDouble.of(PERCENT)
                        : told ? memory(status.result(), status) : OptionalDouble.empty(),
                told ? cpu(status.result(), status) : OptionalDouble.empty(),
                counts,
                List.copyOf(violations),
                gateways.stream()
                        .flatMap(source -> source.events().stream())
                        .flatMap(event -> Violations.host(event).stream())
                        .collect(Collectors.toSet()));
    }

    /** What asks for something. That somebody stopped the policy, or that nobody reviewed it, is not what a run asks. */
    private static List<DecisionReason> reasons(ToolRunStatus status) {
        return status.decision() == null || status.decision().verdict() != Verdict.Denied
                ? List.of()
                : status.decision().reasons().stream()
                        .filter(reason -> Violations.isAsking(reason.code()))
                        .toList();
    }

    private static List<AuditSource> sources(ToolRunStatus status) {
        return status.audit() == null ? List.of() : status.audit().sources();
    }

    private static void put(Map<Count, Long> counts, Count count, boolean holds) {
        counts.put(count, holds ? 1L : 0L);
    }

    private static OptionalDouble memory(Result result, ToolRunStatus status) {
        return limits(status)
                .map(EffectiveLimits::memory)
                .map(Quantity::getNumericalAmount)
                .filter(limit -> limit.signum() > 0 && result.peakMemoryBytes() != null && result.peakMemoryBytes() > 0)
                .map(limit -> OptionalDouble.of(PERCENT * result.peakMemoryBytes() / limit.doubleValue()))
                .orElse(OptionalDouble.empty());
    }

    private static OptionalDouble cpu(Result result, ToolRunStatus status) {
        return limits(status)
                .map(EffectiveLimits::cpu)
                .map(Quantity::getNumericalAmount)
                .map(BigDecimal::doubleValue)
                .filter(cores -> cores > 0
                        && result.cpuMillis() != null
                        && result.durationMillis() != null
                        && result.durationMillis() > 0)
                .map(cores -> OptionalDouble.of(PERCENT * result.cpuMillis() / (result.durationMillis() * cores)))
                .orElse(OptionalDouble.empty());
    }

    private static Optional<EffectiveLimits> limits(ToolRunStatus status) {
        return Optional.ofNullable(status.effective()).map(effective -> effective.limits());
    }
}
