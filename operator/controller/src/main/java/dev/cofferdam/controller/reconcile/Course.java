package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.RunMode;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.CommitCourse;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.controller.status.Reduction;
import dev.cofferdam.controller.status.Retrial;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Where a run stands, and what is done there. */
final class Course {
    private static final Set<Phase> ENDS =
            EnumSet.of(Phase.Denied, Phase.Succeeded, Phase.Failed, Phase.TimedOut, Phase.Cancelled, Phase.Unknown);

    private final Workbench bench;
    private final Resolver resolver;
    private final Sandboxes sandboxes;
    private final Committers committers;

    Course(Workbench bench, Resolver resolver, Sandboxes sandboxes, Committers committers) {
        this.bench = bench;
        this.resolver = resolver;
        this.sandboxes = sandboxes;
        this.committers = committers;
    }

    /** Does what is next for a run, and says what became of it. */
    Observation follow(ToolRun run, Grounds grounds, Instant now) {
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
            case Ruling.Refused refused -> refuse(run, refused);
            case Ruling.Granted granted -> begin(run, granted);
        };
    }

    /** No pod was claimed, so none was given the job; one that was made in vain goes. */
    private Observation refuse(ToolRun run, Ruling.Refused refused) {
        sandboxes.discard(run, 1);
        return new Observation.Denied(refused);
    }

    private Observation begin(ToolRun run, Ruling.Granted granted) {
        if (cancelled(run)) {
            sandboxes.discard(run, 1);
            return new Observation.NotStarted(
                    granted, Reason.Cancelled, "the run was cancelled before its pod was claimed; nothing ran");
        }
        return bench.runtimes()
                .unavailable(granted.effective().runtimeClassName())
                .map(why -> new Observation.NotStarted(granted, Reason.SandboxUnavailable, why + "; nothing ran"))
                .or(() -> exposed(run, granted))
                .<Observation>map(hindrance -> hindrance)
                .orElseGet(() -> run.getSpec().mode() == RunMode.DecideOnly
                        ? sandboxes.planned(run, granted)
                        : sandboxes.make(run, granted, granted.effective(), 1, Optional.empty()));
    }

    private Optional<Observation.NotStarted> exposed(ToolRun run, Ruling.Granted granted) {
        return resolver.opened(run).map(why -> {
            sandboxes.discard(run, 1);
            return new Observation.NotStarted(granted, Reason.NetworkNotIsolated, why + "; nothing ran");
        });
    }

    private Observation watch(ToolRun run, ToolRunStatus status, Grounds grounds, Instant now) {
        sandboxes.guard(run.getMetadata().getNamespace());
        Attempt attempt = status.attempts().getLast();
        Optional<Pod> pod = resolver.pod(run, attempt, there -> Observer.suffices(status, there));
        Optional<Reason> wish = wish(run, status, grounds);
        Observation observation = bench.observer().observe(status, pod, wish, now);
        if (observation instanceof Observation.Underway && wish.isPresent()) {
            pod.ifPresent(sandboxes::stop);
        }
        if (wish.isEmpty() && grounds.ruling() instanceof Ruling.Granted granted && granted.mayRunTwice()) {
            Optional<Observation.Again> again = Retrial.of(run, observation, grounds.repetition(), now);
            if (again.isPresent()) {
                return again(run, status, granted, again.get(), pod, now);
            }
        }
        if (attempt.finishedAt() != null) {
            // The end of the run, and perhaps a pod was made for the next attempt in vain.
            sandboxes.discard(run, attempt.number() + 1);
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
                        run, granted, status.effective(), attempt.number() + 1, Optional.of(again.end())));
    }

    /** Why a claimed run is to stop, if it is. */
    private static Optional<Reason> wish(ToolRun run, ToolRunStatus status, Grounds grounds) {
        return cancelled(run) ? Optional.of(Reason.Cancelled) : grounds.stops(run, status.effective());
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
     * After a status was stored. At the end, a pod that told its facts ends by itself and is kept for its log; any other must not go on. A run that is settled
     * is seen no more by the loop.
     */
    void clear(ToolRun run, Reduction reduction, Instant now) {
        ToolRunStatus status = reduction.status();
        String namespace = run.getMetadata().getNamespace();
        if (reduction.ended() && !status.attempts().isEmpty()) {
            if (!Observer.isTold(Reducer.statusOf(run))) {
                resolver.pod(run, status.attempts().getLast(), there -> true)
                        .filter(Course::alive)
                        .ifPresent(sandboxes::stop);
            }
            Instant due = now.plus(bench.lifetime().podRetention());
            for (Attempt attempt : status.attempts()) {
                bench.agenda().add(new Agenda.Entry(due, Agenda.Kind.POD, namespace, attempt.podName()));
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

    private static boolean alive(Pod pod) {
        return pod.getStatus() == null
                || !Set.of("Succeeded", "Failed").contains(pod.getStatus().getPhase());
    }

    private static boolean cancelled(ToolRun run) {
        return Boolean.TRUE.equals(run.getSpec().cancel());
    }
}
