package dev.cofferdam.controller.reconcile;

import static java.util.function.Predicate.not;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.controller.status.Reduction;
import dev.cofferdam.policy.Call;
import dev.cofferdam.record.RunStory;
import java.time.Instant;
import java.util.OptionalInt;

/** What is taken away of a run that has ended, or settled, and what is left to the sweeps. */
final class Aftermath {
    private final Agenda agenda;
    private final Lifetime lifetime;
    private final Keys keys;
    private final Resolver resolver;
    private final Sandboxes sandboxes;
    private final Freezes freezes;

    Aftermath(Agenda agenda, Lifetime lifetime, Keys keys, Resolver resolver, Sandboxes sandboxes, Freezes freezes) {
        this.agenda = agenda;
        this.lifetime = lifetime;
        this.keys = keys;
        this.resolver = resolver;
        this.sandboxes = sandboxes;
        this.freezes = freezes;
    }

    /**
     * After a status was stored, and never before: until then another claim of a pod may have come. At the end, a pod that told its facts ends by itself and is kept
     * for its log; any other must not go on. A run that is settled is seen no more by the loop; so what fails here keeps nothing else, and is left to the sweeps.
     */
    void clear(ToolRun run, Reduction reduction, Instant now) {
        if (reduction.ended()) {
            ended(run, reduction.status(), now);
        }
        if (RunStory.isSettled(reduction.status())) {
            settled(run, reduction.status(), now);
        }
    }

    private void ended(ToolRun run, ToolRunStatus status, Instant now) {
        freezes.ended(run);
        status.attempts().forEach(attempt -> podIsDue(run, attempt.podName(), now));
        String named = " of the run " + run.getMetadata().getNamespace() + "/"
                + run.getMetadata().getName();
        Sweeps.apart("the pod" + named, () -> stopUntold(run, status));
        Sweeps.apart(
                "a pod made in vain" + named,
                () -> inVain(Reducer.statusOf(run), status).ifPresent(attempt -> sandboxes.discard(run, attempt)));
        if (Call.isKeyed(run.getSpec())) {
            Sweeps.apart("the key" + named, () -> keys.ended(run, status));
        }
    }

    private void settled(ToolRun run, ToolRunStatus status, Instant now) {
        if (status.commit() != null) {
            podIsDue(run, status.commit().podName(), now);
        }
        lifetime.soon(run, now)
                .ifPresent(due -> agenda.add(new Agenda.Entry(
                        due,
                        Agenda.Kind.RUN,
                        run.getMetadata().getNamespace(),
                        run.getMetadata().getName())));
    }

    private void podIsDue(ToolRun run, String pod, Instant now) {
        agenda.add(new Agenda.Entry(
                now.plus(lifetime.podRetention()),
                Agenda.Kind.POD,
                run.getMetadata().getNamespace(),
                pod));
    }

    private void stopUntold(ToolRun run, ToolRunStatus ended) {
        if (!ended.attempts().isEmpty() && !Observer.isTold(Reducer.statusOf(run))) {
            resolver.pod(run, ended.attempts().getLast(), there -> true)
                    .filter(not(Observer::hasEnded))
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
}
