package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.policy.Call;
import dev.cofferdam.policy.Durations;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How long things are kept after they are over.
 *
 * @param ttl of a finished run that says nothing of its own
 * @param key how much longer a run is kept that was executed under an idempotency key, and how long the key is kept when no run names it any more
 * @param podRetention of the pod of a finished run: time to read its log
 * @param podSlack what a pod's own deadline gives above the timeout of its tool
 * @param pass the time between two passes over all that is finished
 */
public record Lifetime(Duration ttl, Duration key, Duration podRetention, Duration podSlack, Duration pass) {
    private static final Duration KEY_LEAST = Duration.ofSeconds(1);
    private static final Duration KEY_MOST = Duration.ofDays(365);

    public Lifetime {
        if (key.compareTo(KEY_LEAST) < 0 || key.compareTo(KEY_MOST) > 0) {
            throw new IllegalArgumentException(
                    "cofferdam.run.key-retention is " + key + "; it must be from 1s to 365d");
        }
    }

    /** When a finished run is to be removed, counted from when all about it was decided; empty while it has not finished. */
    public Optional<Instant> due(ToolRun run) {
        Duration kept = kept(run);
        return finishedAt(run)
                .map(at -> committedAt(run).filter(at::isBefore).orElse(at))
                .map(at -> at.plus(kept));
    }

    /** What was executed under a key is the answer for whoever names the key again. */
    private Duration kept(ToolRun run) {
        Duration asked = Durations.parse(run.getSpec().ttlAfterFinished()).orElse(ttl);
        // A pod goes with its run, and whoever made the run chose its time to live.
        Duration least = isFrozen(run) ? frozen(run) : Duration.ZERO;
        Duration own = asked.compareTo(least) < 0 ? least : asked;
        return Call.isKeyed(run.getSpec()) && !Reducer.statusOf(run).attempts().isEmpty() ? own.plus(key) : own;
    }

    /** When a run that has just settled is to be removed, if that is before a full pass would find it. */
    public Optional<Instant> soon(ToolRun run, Instant now) {
        Duration kept = kept(run);
        return kept.compareTo(pass) <= 0 ? Optional.of(now.plus(kept)) : Optional.empty();
    }

    /** When a pod of a run is to be removed: some time after the run has finished, or what it commits is decided; empty while it has not, or is not. */
    public Optional<Instant> podDue(ToolRun run, Pod pod) {
        if (isCommitter(run, pod)) {
            return decidedAt(run).map(at -> at.plus(podRetention));
        }
        return finishedAt(run).map(at -> at.plus(podRetention)).map(due -> latest(due, frozenUntil(run, pod)));
    }

    /** Until when what stands still is kept: as long as its policy said, else until its pod's own deadline; empty where nothing does. */
    private Optional<Instant> frozenUntil(ToolRun run, Pod pod) {
        if (!isFrozen(run)) {
            return Optional.empty();
        }
        Optional<Instant> deadline = Optional.ofNullable(pod.getStatus())
                .map(PodStatus::getStartTime)
                .map(Instant::parse)
                .map(at -> at.plusSeconds(pod.getSpec().getActiveDeadlineSeconds()));
        return keep(run).isZero() ? deadline : finishedAt(run).map(at -> at.plus(keep(run)));
    }

    private static Instant latest(Instant one, Optional<Instant> other) {
        return other.filter(one::isBefore).orElse(one);
    }

    private static boolean isFrozen(ToolRun run) {
        Result result = Reducer.statusOf(run).result();
        return result != null && result.outcome() == Outcome.Frozen;
    }

    /** For how long a frozen run is kept whatever it asks for: as long as its pod is, or may be. */
    private Duration frozen(ToolRun run) {
        Effective effective = Reducer.statusOf(run).effective();
        return keep(run).isZero() && effective != null && effective.limits() != null
                ? Duration.ofMillis(effective.limits().timeoutMillis()).plus(podSlack)
                : keep(run);
    }

    private static Duration keep(ToolRun run) {
        return RunStory.kept(Reducer.statusOf(run));
    }

    /** Whether an object has been there for longer than a pod is kept: then nobody is in the middle of making something beside it. */
    public boolean isOld(HasMetadata object, Instant now) {
        return !now.isBefore(
                Instant.parse(object.getMetadata().getCreationTimestamp()).plus(podRetention));
    }

    /** Whether the pod is that of the run's newest attempt, or of none yet, or the one that writes its changes. */
    public static boolean isOfUse(ToolRun run, Pod pod) {
        ToolRunStatus status = Reducer.statusOf(run);
        return status.attempts().isEmpty()
                || isCommitter(run, pod)
                || status.attempts().getLast().podUID().equals(pod.getMetadata().getUid());
    }

    private static boolean isCommitter(ToolRun run, Pod pod) {
        return Names.committerName(run.getMetadata().getUid())
                .equals(pod.getMetadata().getName());
    }

    /** When a run that is settled came to its end, with its commit. */
    private static Optional<Instant> decidedAt(ToolRun run) {
        return RunStory.isSettled(Reducer.statusOf(run))
                ? committedAt(run).or(() -> finishedAt(run))
                : Optional.empty();
    }

    private static Optional<Instant> committedAt(ToolRun run) {
        return RunStory.condition(Reducer.statusOf(run), ConditionType.Committed)
                .map(Condition::getLastTransitionTime)
                .map(Instant::parse);
    }

    /** When the run came to its end, settled or not. */
    public static Optional<Instant> finishedAt(ToolRun run) {
        return RunStory.condition(Reducer.statusOf(run), ConditionType.Finished)
                .filter(condition -> Conditions.TRUE.equals(condition.getStatus()))
                .map(Condition::getLastTransitionTime)
                .map(Instant::parse);
    }
}
