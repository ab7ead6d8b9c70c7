package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.RunMode;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.policy.Capacity;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Reason;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Whether it is a run's turn to begin, under a policy that bounds how many there may be at one time. */
public sealed interface Turn {
    /** There is a place for it. */
    record Now() implements Turn {}

    /**
     * It waits.
     *
     * @param position from 1: how many must end before it begins
     * @param until when its patience ends; empty where it has just come
     */
    record Later(int position, Optional<Instant> until) implements Turn {}

    /** It has just come, and as many wait as may. */
    record Full() implements Turn {}

    /** It has waited for as long as it may. */
    record Over() implements Turn {}

    /** In the order of creation, of which Kubernetes keeps whole seconds. */
    Comparator<ToolRun> ORDER = Comparator.comparing(
                    (ToolRun run) -> run.getMetadata().getCreationTimestamp())
            .thenComparing(run -> run.getMetadata().getName());

    /** The conditions' times are cut to whole seconds; nobody waits for less than the policy says. */
    Duration CUT = Duration.ofSeconds(1);

    /**
     * The namespace of a run, where its policy heeds that.
     *
     * @param active how many others there have a place, of whatever policy
     * @param before how many of other policies are to begin before the run
     */
    record Crowd(int active, int before) {
        static final Crowd NONE = new Crowd(0, 0);
    }

    /** Says whose turn it is, under a policy that heeds only its own runs. */
    static Turn of(ToolRun run, Capacity capacity, int active, Collection<ToolRun> waiting, Instant now) {
        return of(run, capacity, active, waiting, Crowd.NONE, now);
    }

    /**
     * Says whose turn it is.
     *
     * @param active how many others of the policy have a place
     * @param waiting all of the policy that wait for one; the run itself may be among them
     */
    static Turn of(ToolRun run, Capacity capacity, int active, Collection<ToolRun> waiting, Crowd crowd, Instant now) {
        long before = waiting.stream()
                .filter(other -> !uid(other).equals(uid(run)) && ORDER.compare(other, run) < 0)
                .count();
        long own = active + before - capacity.active().orElse(Integer.MAX_VALUE) + 1;
        long shared = crowd.active()
                + crowd.before()
                + before
                - capacity.inNamespace().orElse(Integer.MAX_VALUE)
                + 1;
        long position = Math.max(own, shared);
        if (position <= 0) {
            return new Now();
        }
        Optional<Instant> until =
                queuedAt(run).map(since -> since.plus(capacity.patience()).plus(CUT));
        if (until.isEmpty()) {
            // Those of other policies wait, too, but not in the queue of this one.
            return Math.max(own, Math.min(shared, before + 1)) > capacity.queued()
                    ? new Full()
                    : new Later((int) position, until);
        }
        return until.get().isAfter(now) ? new Later((int) position, until) : new Over();
    }

    /** Whether the run has a place: a pod was claimed for it, and it has not ended. */
    static boolean isActive(ToolRun run) {
        return !Reducer.statusOf(run).attempts().isEmpty()
                && Lifetime.finishedAt(run).isEmpty();
    }

    /** Whether the run asks for a place. One that waits for another of its idempotency key does not, nor does one that is over in a moment, or is another version's. */
    static boolean isWaiting(ToolRun run) {
        ToolRunStatus status = Reducer.statusOf(run);
        return run.getSpec().mode() != RunMode.DecideOnly
                && !RunStory.isCancelled(run.getSpec())
                && run.getMetadata().getDeletionTimestamp() == null
                && status.attempts().isEmpty()
                && Lifetime.finishedAt(run).isEmpty()
                && since(run, Reason.AwaitingFirst).isEmpty()
                && !Reducer.isOfAnotherVersion(status);
    }

    /** Since when the run is on record as waiting. */
    static Optional<Instant> queuedAt(ToolRun run) {
        return since(run, Reason.Queued);
    }

    private static Optional<Instant> since(ToolRun run, Reason reason) {
        return RunStory.condition(Reducer.statusOf(run), ConditionType.Finished, reason)
                .map(Condition::getLastTransitionTime)
                .map(Instant::parse);
    }

    private static String uid(ToolRun run) {
        return run.getMetadata().getUid();
    }
}
