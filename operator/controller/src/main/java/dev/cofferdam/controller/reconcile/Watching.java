package dev.cofferdam.controller.reconcile;

import static java.util.function.Predicate.not;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.controller.status.Retrial;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.record.Reason;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Optional;

/** What becomes of an attempt that is claimed: how it goes, whether it must stop, and whether another one follows. */
final class Watching {
    private final Observer observer;
    private final Resolver resolver;
    private final Sandboxes sandboxes;
    private final Freezes freezes;

    Watching(Observer observer, Resolver resolver, Sandboxes sandboxes, Freezes freezes) {
        this.observer = observer;
        this.resolver = resolver;
        this.sandboxes = sandboxes;
        this.freezes = freezes;
    }

    /**
     * What is next for it.
     *
     * @param looking since when this replica looks at runs, which may be long after it was started
     */
    Observation watch(ToolRun run, ToolRunStatus status, Grounds grounds, Instant looking, Instant now) {
        sandboxes.guard(run.getMetadata().getNamespace());
        Attempt attempt = status.attempts().getLast();
        Optional<Pod> pod = resolver.pod(run, attempt, there -> Observer.suffices(status, there));
        Optional<Reason> wish = wish(run, status, grounds);
        Optional<Instant> deadline = Observer.deadline(status, pod);
        Optional<Reason> stop = wish.or(() -> Observer.overdue(status, pod, now));
        Observation observation = observer.observe(status, pod, resolver.wasEvicted(run, attempt), stop, now);
        if (stop.isEmpty() && attempt.finishedAt() == null) {
            observation = Observer.patient(observation, looking, now);
        }
        if (observation instanceof Observation.Underway underway && stop.isPresent()) {
            Optional<Instant> frozen = stop.filter(Reason.Quarantined::equals)
                    .filter(reason -> pod.filter(not(Observer::hasEnded)).isPresent())
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
            pod.filter(not(Observer::hasEnded)).ifPresent(sandboxes::stop);
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
                : Halt.cancelled(RunStory.isCancelled(run.getSpec()), grounds.stops(run, status.effective()));
    }
}
