package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.policy.Durations;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How long things are kept after they are over.
 *
 * @param ttl of a finished run that says nothing of its own
 * @param podRetention of the pod of a finished run: time to read its log
 */
public record Lifetime(Duration ttl, Duration podRetention) {
    /** Whether a settled run is to be removed. */
    public boolean isOver(ToolRun run, Instant now) {
        Duration kept = Durations.parse(run.getSpec().ttlAfterFinished()).orElse(ttl);
        return finishedAt(run).filter(at -> !now.isBefore(at.plus(kept))).isPresent();
    }

    /** Whether a pod ended longer ago than it is kept. */
    public boolean isOver(Pod pod, Instant now) {
        return pod.getMetadata().getDeletionTimestamp() == null
                && endedAt(pod)
                        .filter(at -> !now.isBefore(at.plus(podRetention)))
                        .isPresent();
    }

    /** Whether an object has been there for longer than a pod is kept: then nobody is in the middle of making something beside it. */
    public boolean isOld(HasMetadata object, Instant now) {
        return !now.isBefore(
                Instant.parse(object.getMetadata().getCreationTimestamp()).plus(podRetention));
    }

    /** Whether the run has come to its end, settled or not. */
    public static boolean hasEnded(ToolRun run) {
        return finishedAt(run).isPresent();
    }

    /** Whether the pod is that of the run's newest attempt, or of none yet. */
    public static boolean isNewestAttempt(ToolRun run, Pod pod) {
        ToolRunStatus status = Reducer.statusOf(run);
        return status.attempts().isEmpty()
                || status.attempts().getLast().podUID().equals(pod.getMetadata().getUid());
    }

    private static Optional<Instant> finishedAt(ToolRun run) {
        return Reducer.statusOf(run).conditions().stream()
                .filter(c -> ConditionType.Finished.name().equals(c.getType()) && Conditions.TRUE.equals(c.getStatus()))
                .findFirst()
                .map(Condition::getLastTransitionTime)
                .map(Instant::parse);
    }

    private static Optional<Instant> endedAt(Pod pod) {
        boolean ended = pod.getStatus() != null
                && ("Succeeded".equals(pod.getStatus().getPhase())
                        || "Failed".equals(pod.getStatus().getPhase()));
        if (!ended) {
            return Optional.empty();
        }
        Instant created = Instant.parse(pod.getMetadata().getCreationTimestamp());
        return Optional.of(pod.getStatus().getContainerStatuses().stream()
                .map(ContainerStatus::getState)
                .filter(state -> state != null
                        && state.getTerminated() != null
                        && state.getTerminated().getFinishedAt() != null)
                .map(state -> Instant.parse(state.getTerminated().getFinishedAt()))
                .max(Instant::compareTo)
                .orElse(created));
    }
}
