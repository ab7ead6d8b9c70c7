package dev.cofferdam.record;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** What a run says of itself, for both parts. What is not written yet is not so. */
public final class RunStory {
    private static final Set<Phase> ENDS =
            EnumSet.of(Phase.Denied, Phase.Succeeded, Phase.Failed, Phase.TimedOut, Phase.Cancelled, Phase.Unknown);

    private RunStory() {}

    /** Whether a run of that phase has ended; its commit may not be decided. False for null, and for a phase that is not known here. */
    public static boolean isEnd(Phase phase) {
        return ENDS.contains(phase);
    }

    /** Whether nothing is written any more: the run has ended, its commit too, and its image is known or never will be. */
    public static boolean isSettled(ToolRunStatus status) {
        return Boolean.TRUE.equals(status.settled());
    }

    /** Whether somebody has asked for its end. */
    public static boolean isCancelled(ToolRunSpec spec) {
        return Boolean.TRUE.equals(spec.cancel());
    }

    public static Optional<Condition> condition(ToolRunStatus status, ConditionType type) {
        return status.conditions().stream()
                .filter(condition -> type.name().equals(condition.getType()))
                .findFirst();
    }

    /** The same where the condition has that reason. */
    public static Optional<Condition> condition(ToolRunStatus status, ConditionType type, Reason reason) {
        return condition(status, type).filter(condition -> reason.name().equals(condition.getReason()));
    }

    /** For how long the pod is kept beyond what its timeout needs, should it be frozen; zero: no longer. */
    public static Duration kept(ToolRunStatus status) {
        return status.effective() == null || status.effective().quarantineKeepMillis() == null
                ? Duration.ZERO
                : Duration.ofMillis(status.effective().quarantineKeepMillis());
    }
}
