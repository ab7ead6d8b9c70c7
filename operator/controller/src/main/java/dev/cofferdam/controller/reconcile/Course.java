package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.RunMode;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.CommitCourse;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.controller.status.Awaiting;
import dev.cofferdam.controller.status.Breaker;
import dev.cofferdam.controller.status.KeyStanding;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.controller.status.Reduction;
import dev.cofferdam.controller.status.Retrial;
import dev.cofferdam.controller.status.Turn;
import dev.cofferdam.policy.Call;
import dev.cofferdam.policy.Capacity;
import dev.cofferdam.policy.Durations;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.RateRule;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Where a run stands, and what is done there. */
final class Course {
    private static final Set<Phase> ENDS =
            EnumSet.of(Phase.Denied, Phase.Succeeded, Phase.Failed, Phase.TimedOut, Phase.Cancelled, Phase.Unknown);

    /** Until a run looks again that another one has just overtaken. */
    private static final Duration PACE = Duration.ofMillis(500);

    /** A run that is among the next to begin is told when a place is free; this is for what nobody tells: one that was deleted. */
    private static final Duration SOON = Duration.ofSeconds(1);

    private static final int NEXT = 4;

    /** A run that waits for another one of its key is told when that has ended; this, too, is for what nobody tells. */
    private static final Duration LATER = Duration.ofSeconds(15);

    private static final int NAME_MOST = 253;

    private final Freezes freezes = new Freezes();
    private final Workbench bench;
    private final Resolver resolver;
    private final Sandboxes sandboxes;
    private final Committers committers;
    private final Keys keys;
    private final Places places;

    /** Since when this replica looks at runs, which may be long after it was started; null until then. */
    private final AtomicReference<Instant> looking = new AtomicReference<>();

    Course(Workbench bench, Resolver resolver, Sandboxes sandboxes, Committers committers, Keys keys) {
        this.places = bench.places();
        this.keys = keys;
        this.bench = bench;
        this.resolver = resolver;
        this.sandboxes = sandboxes;
        this.committers = committers;
    }

    /** Does what is next for a run, and says what became of it. */
    Observation follow(ToolRun run, Grounds grounds, Instant now) {
        looking.compareAndSet(null, now);
        ToolRunStatus status = Reducer.statusOf(run);
        if (ENDS.contains(status.phase())) {
            return switch (settle(run, status, now)) {
                case Observation.Settled settled
                when CommitCourse.isAsked(run, status) -> committers.follow(run, settled.imageId(), now);
                case Observation other -> other;
            };
        }
        if (!status.attempts().isEmpty()) {
            return watch(run, status, grounds, now);
        }
        return switch (grounds.ruling()) {
            case Ruling.Refused refused -> new Observation.Denied(refused);
            case Ruling.Granted granted -> begin(run, granted, grounds, now);
        };
    }

    private Observation begin(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now) {
        if (run.isMarkedForDeletion()) {
            return new Observation.NotStarted(
                    granted, Reason.Deleted, "the run was deleted before its pod was claimed; nothing ran");
        }
        if (cancelled(run)) {
            return new Observation.NotStarted(
                    granted, Reason.Cancelled, "the run was cancelled before its pod was claimed; nothing ran");
        }
        return Call.isKeyed(run.getSpec())
                ? behindKey(run, granted, grounds, now)
                : start(run, granted, grounds, now, Optional::empty);
    }

    /** Only the first run of an idempotency key is executed; all others have its outcome, or none. */
    private Observation behindKey(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now) {
        return switch (keys.standing(run, now)) {
            case KeyStanding.Ended ended -> new Observation.Replayed(granted, ended.first());
            case KeyStanding.UnderWay underWay -> awaiting(run, granted, grounds, underWay.first(), now);
            case KeyStanding.Refused refused ->
                new Observation.Denied(
                        refused(granted, refused.reason(), run.getSpec().idempotencyKey(), refused.message()));
            case KeyStanding.Open open ->
                start(run, granted, grounds, now, () -> switch (keys.claim(run, open, now)) {
                    case Keys.Ours ours -> Optional.empty();
                    case Keys.Overtaken overtaken -> Optional.of(awaiting(now.plus(PACE)));
                    case Keys.Exhausted exhausted ->
                        Optional.of(new Observation.Denied(refused(
                                granted,
                                Reason.KeysExhausted,
                                run.getSpec().idempotencyKey(),
                                exhausted.why() + "; wait until some expire, or leave the key out")));
                });
        };
    }

    private Observation awaiting(ToolRun run, Ruling.Granted granted, Grounds grounds, ToolRun first, Instant now) {
        Duration patience = Awaiting.patience(
                grounds.capacity(),
                Optional.of(grounds.repetition()).filter(repetition -> granted.mayRunTwice()),
                Duration.ofMillis(granted.effective().limits().timeoutMillis()));
        return Awaiting.isOver(Instant.parse(run.getMetadata().getCreationTimestamp()), looking.get(), patience, now)
                ? new Observation.NotStarted(
                        granted,
                        Reason.AwaitTimedOut,
                        "the run " + Quoted.of(first.getMetadata().getName(), NAME_MOST)
                                + " has the same idempotency key, and has not ended within " + Durations.text(patience)
                                + ", which is longer than it could take; this one executed nothing; look at that one")
                : awaiting(now.plus(LATER));
    }

    private static Observation awaiting(Instant again) {
        return new Observation.Waiting(
                Reason.AwaitingFirst,
                "another run has the same idempotency key and has not ended; this one executes nothing, and ends as that one does",
                again);
    }

    private static Ruling.Refused refused(Ruling.Granted granted, Reason reason, String resource, String message) {
        return new Ruling.Refused(
                granted.policyVersion(),
                List.of(new DecisionReason(reason.name(), resource, message + "; nothing ran")));
    }

    /** What comes instead of a run whose tool the infrastructure has failed too often; empty where it is let through. */
    private Optional<Observation> rest(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now) {
        String tool = granted.tool().name();
        return grounds.circuit()
                .flatMap(rule ->
                        resolver.policy(run).flatMap(policy -> bench.breakers().ask(policy, run, rule, now)))
                .<Observation>map(until -> new Observation.Denied(refused(
                        granted,
                        Reason.CircuitOpen,
                        tool,
                        "the infrastructure failed too many runs of the tool a moment ago (spec.circuitBreaker of the policy); come back at "
                                + until.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1)
                                + "; why those failed is in their status")));
    }

    /** What comes instead of a run where as many were created before it as the policy lets through; empty where it is let through. One that waits for its turn was. */
    private Optional<Observation> late(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now) {
        if (Turn.queuedAt(run).isPresent()) {
            return Optional.empty();
        }
        Optional<RateRule> rate = grounds.rate();
        if (rate.isEmpty()) {
            bench.rates().uncounted(run);
        }
        return rate.flatMap(rule -> switch (bench.rates().ask(run, rule)) {
            case Rates.Answer.Through through -> Optional.empty();
            case Rates.Answer.Unknown unknown -> Optional.of(new Observation.NotYet(now.plus(PACE)));
            case Rates.Answer.Late late ->
                Optional.of(new Observation.Denied(refused(
                        granted,
                        Reason.RateExceeded,
                        run.getSpec().policyRef().name(),
                        "as many runs of the policy were created within " + Durations.text(rule.per())
                                + " as spec.rate of it lets through, " + rule.runs() + "; come back at "
                                + late.again())));
        });
    }

    /** What was denied, or waits for another run of its key, has not used what the policy lets through. */
    private Observation uncounted(ToolRun run, Observation instead) {
        bench.rates().giveBack(run);
        return instead;
    }

    /** What the end of a run says of its tool's circuit. */
    void fared(ToolRun run, Grounds grounds, ToolRunStatus ended, Instant now) {
        grounds.circuit()
                .ifPresent(rule -> resolver.policy(run)
                        .ifPresent(policy ->
                                bench.breakers().ended(policy, run.getSpec().tool(), Breaker.word(ended), rule, now)));
    }

    /** What comes instead of a place under a policy that bounds how many runs there are; empty where the run has one. */
    private Optional<Observation> queue(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now) {
        Optional<Capacity> capacity = grounds.capacity();
        if (capacity.isEmpty()) {
            places.begins(run);
            return Optional.empty();
        }
        Duration patience = capacity.get().patience();
        return switch (places.turn(run, capacity.get(), now)) {
            case Turn.Now turn -> Optional.empty();
            case Turn.Later later -> {
                Instant look = now.plus(later.position() <= NEXT ? SOON : LATER);
                yield Optional.of(new Observation.Waiting(
                        Reason.Queued,
                        "as many runs are active as spec.concurrency of the policy allows; this one begins when one of them ends, in the order of creation",
                        later.until().filter(look::isAfter).orElse(look)));
            }
            case Turn.Full full ->
                Optional.of(new Observation.NotStarted(
                        granted,
                        Reason.QueueFull,
                        "as many runs of the policy wait as spec.concurrency.queued of it allows, "
                                + capacity.get().queued()
                                + "; nothing ran; come back later"));
            case Turn.Over over ->
                Optional.of(new Observation.NotStarted(
                        granted,
                        Reason.QueueTimedOut,
                        "it waited for " + Durations.text(patience)
                                + " (spec.concurrency.queueTimeout of the policy) and as many others were active as the policy allows; "
                                + "nothing ran; come back later, or have more allowed"));
        };
    }

    /** @param claim the last thing before a pod is made; tells what comes instead, if anything does */
    private Observation start(
            ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now, Supplier<Optional<Observation>> claim) {
        return bench.runtimes()
                .unavailable(granted.effective().runtimeClassName())
                .map(why -> new Observation.NotStarted(granted, Reason.SandboxUnavailable, why + "; nothing ran"))
                .<Observation>map(hindrance -> hindrance)
                .or(() -> exposed(run, granted))
                .or(() -> late(run, granted, grounds, now))
                .orElseGet(() -> run.getSpec().mode() == RunMode.DecideOnly
                        ? sandboxes.planned(run, granted)
                        : queue(run, granted, grounds, now)
                                .or(() -> rest(run, granted, grounds, now)
                                        .or(claim)
                                        .map(instead -> uncounted(run, instead)))
                                .orElseGet(() ->
                                        sandboxes.make(run, granted, granted.effective(), 1, Optional.empty(), now)));
    }

    private Optional<Observation.NotStarted> exposed(ToolRun run, Ruling.Granted granted) {
        return resolver.opened(run)
                .map(why -> new Observation.NotStarted(granted, Reason.NetworkNotIsolated, why + "; nothing ran"));
    }

    private Observation watch(ToolRun run, ToolRunStatus status, Grounds grounds, Instant now) {
        sandboxes.guard(run.getMetadata().getNamespace());
        Attempt attempt = status.attempts().getLast();
        Optional<Pod> pod = resolver.pod(run, attempt, there -> Observer.suffices(status, there));
        Optional<Reason> wish = wish(run, status, grounds);
        Optional<Instant> deadline = Observer.deadline(status, pod);
        Optional<Reason> stop = wish.or(() -> Observer.overdue(status, pod, now));
        Observation observation = bench.observer().observe(status, pod, resolver.wasEvicted(run, attempt), stop, now);
        if (stop.isEmpty() && attempt.finishedAt() == null) {
            observation = Observer.patient(observation, looking.get(), now);
        }
        if (observation instanceof Observation.Underway underway && stop.isPresent()) {
            Optional<Instant> frozen = stop.filter(Reason.Quarantined::equals)
                    .filter(reason -> pod.filter(Course::alive).isPresent())
                    .flatMap(reason -> freezes.until(run, now));
            if (frozen.isPresent()) {
                return underway.until(frozen.get());
            }
            if (wish.isEmpty() && !Observer.isOnRecordAsOverdue(status)) {
                return underway.losing(stop.get(), now);
            }
            pod.ifPresent(sandboxes::stop);
        } else if (observation instanceof Observation.Underway underway && deadline.isPresent()) {
            observation = underway.until(deadline.get());
        }
        if (wish.isEmpty() && grounds.ruling() instanceof Ruling.Granted granted && granted.mayRunTwice()) {
            Optional<Observation.Again> again = Retrial.of(run, observation, grounds.repetition(), now);
            if (again.isPresent()) {
                return again(run, status, granted, again.get(), pod, now);
            }
        }
        return observation;
    }

    /** First it is written down that the attempt ended; the next one begins when its delay is over, counted from there. */
    private Observation again(
            ToolRun run,
            ToolRunStatus status,
            Ruling.Granted granted,
            Observation.Again again,
            Optional<Pod> pod,
            Instant now) {
        Attempt attempt = status.attempts().getLast();
        if (attempt.finishedAt() == null) {
            return again;
        }
        if (!Observer.isTold(status)) {
            pod.filter(Course::alive).ifPresent(sandboxes::stop);
        }
        if (now.isBefore(again.due())) {
            return again;
        }
        return resolver.opened(run)
                .<Observation>map(why -> new Observation.NoMore(again.end(), why))
                .orElseGet(() -> sandboxes.make(
                        run, granted, status.effective(), attempt.number() + 1, Optional.of(again.end()), now));
    }

    /** Why somebody wants a claimed run stopped, if anybody does. */
    static Optional<Reason> wish(ToolRun run, ToolRunStatus status, Grounds grounds) {
        // As the gateway does: whoever may delete a run may take away what is to be looked at.
        return run.isMarkedForDeletion()
                ? Optional.of(Reason.Deleted)
                : Halt.cancelled(cancelled(run), grounds.stops(run, status.effective()));
    }

    private Observation settle(ToolRun run, ToolRunStatus status, Instant now) {
        Instant ended = status.conditions().stream()
                .filter(c -> "Finished".equals(c.getType()))
                .findFirst()
                .map(Condition::getLastTransitionTime)
                .map(Instant::parse)
                .orElse(now);
        return status.attempts().isEmpty()
                ? new Observation.Settled("")
                : bench.observer()
                        .settle(status, resolver.pod(run, status.attempts().getLast(), there -> true), ended, now);
    }

    /**
     * After a status was stored, and never before: until then another claim of a pod may have come. At the end, a pod that told its facts ends by itself and is kept for its log;
     * any other must not go on. A run that is settled is seen no more by the loop; so what fails here keeps nothing else, and is left to the sweeps.
     */
    void clear(ToolRun run, Reduction reduction, Instant now) {
        ToolRunStatus status = reduction.status();
        String namespace = run.getMetadata().getNamespace();
        if (reduction.ended()) {
            freezes.ended(run);
            Instant due = now.plus(bench.lifetime().podRetention());
            for (Attempt attempt : status.attempts()) {
                bench.agenda().add(new Agenda.Entry(due, Agenda.Kind.POD, namespace, attempt.podName()));
            }
            String named = " of the run " + namespace + "/" + run.getMetadata().getName();
            Sweeps.apart("the pod" + named, () -> stopUntold(run, status));
            Sweeps.apart(
                    "a pod made in vain" + named,
                    () -> inVain(Reducer.statusOf(run), status).ifPresent(attempt -> sandboxes.discard(run, attempt)));
            if (Call.isKeyed(run.getSpec())) {
                Sweeps.apart("the key" + named, () -> keys.ended(run, status));
            }
        }
        if (Boolean.TRUE.equals(status.settled())) {
            if (status.commit() != null) {
                bench.agenda()
                        .add(new Agenda.Entry(
                                now.plus(bench.lifetime().podRetention()),
                                Agenda.Kind.POD,
                                namespace,
                                status.commit().podName()));
            }
            bench.lifetime()
                    .soon(run, now)
                    .ifPresent(due -> bench.agenda()
                            .add(new Agenda.Entry(
                                    due,
                                    Agenda.Kind.RUN,
                                    namespace,
                                    run.getMetadata().getName())));
        }
    }

    private void stopUntold(ToolRun run, ToolRunStatus ended) {
        if (!ended.attempts().isEmpty() && !Observer.isTold(Reducer.statusOf(run))) {
            resolver.pod(run, ended.attempts().getLast(), there -> true)
                    .filter(Course::alive)
                    .ifPresent(sandboxes::stop);
        }
    }

    /** The number of the attempt whose pod may have been made, and was not claimed when the run ended; empty where there can be none. */
    static OptionalInt inVain(ToolRunStatus before, ToolRunStatus ended) {
        if (ended.plan() != null || ended.replayOf() != null) {
            return OptionalInt.empty();
        }
        if (before.attempts().isEmpty()) {
            return OptionalInt.of(1);
        }
        Attempt last = before.attempts().getLast();
        return last.finishedAt() == null ? OptionalInt.empty() : OptionalInt.of(last.number() + 1);
    }

    private static boolean alive(Pod pod) {
        return pod.getStatus() == null
                || !Set.of("Succeeded", "Failed").contains(pod.getStatus().getPhase());
    }

    private static boolean cancelled(ToolRun run) {
        return Boolean.TRUE.equals(run.getSpec().cancel());
    }
}
