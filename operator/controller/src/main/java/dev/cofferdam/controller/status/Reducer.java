package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.Decision;
import dev.cofferdam.api.v1alpha1.Layer;
import dev.cofferdam.api.v1alpha1.Lifecycle;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.OutputMode;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ReplayOf;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.RunError;
import dev.cofferdam.api.v1alpha1.Sandbox;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.api.v1alpha1.Verdict;
import dev.cofferdam.controller.observe.CommitCourse;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.observe.Observation.Started;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import dev.cofferdam.record.RunStory;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What an observation makes of a run's status. */
public final class Reducer {
    private static final int TOOL_SHOWN = 64;

    private final ToolRun run;
    private final ToolRunStatus before;
    private final Draft draft;
    private final Journal journal;
    private final Conditions conditions;
    private final boolean idempotent;
    private final Supplier<Optional<String>> lost;
    private final Instant now;

    private Reducer(
            ToolRun run, String policyVersion, boolean idempotent, Supplier<Optional<String>> lost, Instant now) {
        this.run = run;
        this.before = statusOf(run);
        this.draft = new Draft(before);
        this.journal = new Journal(run, policyVersion, now);
        this.conditions = new Conditions(before.conditions(), run.getMetadata().getGeneration(), now);
        this.idempotent = idempotent;
        this.lost = lost;
        this.now = now;
    }

    /** The status of a run; an empty one where nothing was written yet. */
    public static ToolRunStatus statusOf(ToolRun run) {
        return run.getStatus() == null
                ? new ToolRunStatus(
                        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                        null)
                : run.getStatus();
    }

    /** Whether its phase or verdict is not known here: then every step from where the run stands, and its end too, would be a guess. */
    public static boolean isOfAnotherVersion(ToolRunStatus status) {
        return status.phase() == Phase.Unrecognized
                || (status.decision() != null && status.decision().verdict() == Verdict.Unrecognized);
    }

    /** The controller's own part of what is stored, to compare with. */
    public static ToolRunStatus own(ToolRunStatus status) {
        return new Draft(status).status();
    }

    /** The same of a run of which its policy took nothing away. */
    public static Reduction reduce(ToolRun run, Observation observation, boolean idempotent, Instant now) {
        return reduce(run, observation, idempotent, Optional::empty, now);
    }

    /**
     * What is to be written.
     *
     * @param idempotent whether the policy says that the tool may run twice
     * @param lost what the run has and its policy no longer grants, for people; asked for only where the run ends for that
     */
    public static Reduction reduce(
            ToolRun run, Observation observation, boolean idempotent, Supplier<Optional<String>> lost, Instant now) {
        Reducer reducer = new Reducer(run, policyVersion(run, observation), idempotent, lost, now);
        boolean ended = reducer.apply(observation);
        return reducer.reduction(ended);
    }

    /** Whether an attempt ended, and in a way after which a tool that may run twice is tried again: as {@link RunError#retryable()} would tell. */
    static boolean isRetryable(ToolRun run, Observation end, Instant now) {
        return (end instanceof Observation.Told || end instanceof Observation.Lost)
                && Optional.ofNullable(new Reducer(run, "", true, Optional::empty, now)
                                .ending(end)
                                .error())
                        .filter(error -> Boolean.TRUE.equals(error.retryable()))
                        .isPresent();
    }

    private static String policyVersion(ToolRun run, Observation observation) {
        return switch (observation) {
            case Observation.Denied denied -> denied.ruling().policyVersion();
            case Observation.NotStarted notStarted -> notStarted.ruling().policyVersion();
            case Observation.Planned planned -> planned.ruling().policyVersion();
            case Observation.Replayed replayed -> replayed.ruling().policyVersion();
            default -> {
                Decision decision = statusOf(run).decision();
                yield decision != null
                        ? decision.policyVersion()
                        : observation instanceof Observation.Made made
                                ? made.ruling().policyVersion()
                                : "";
            }
        };
    }

    private boolean apply(Observation observation) {
        return switch (observation) {
            case Observation.Denied denied -> denied(denied.ruling());
            case Observation.NotStarted notStarted -> notStarted(notStarted);
            case Observation.Planned planned -> planned(planned);
            case Observation.Waiting waiting -> waiting(waiting);
            case Observation.NotYet notYet -> false;
            case Observation.Replayed replayed -> replayed(replayed);
            case Observation.Made made -> made(made);
            case Observation.Underway underway -> underway(underway);
            case Observation.Told told -> end(ending(told), draft.sandbox.imageID() != null);
            case Observation.Lost lost -> end(ending(lost), true);
            case Observation.Again again -> again(again);
            case Observation.NoMore noMore ->
                end(ending(noMore.end()).noting("; no further attempt: " + noMore.why()), true);
            case Observation.Settled settled -> settled(settled.imageId());
            case Observation.Held held -> after(held.imageId(), commit -> commit.held(held));
            case Observation.CommitBegun begun -> after(begun.imageId(), commit -> commit.begun(begun.commit()));
            case Observation.Committed committed ->
                after(committed.imageId(), commit -> commit.decided(committed.decided()));
        };
    }

    private boolean denied(Ruling.Refused ruling) {
        draft.decision = new Decision(Verdict.Denied, ruling.policyVersion(), now.toString(), ruling.reasons());
        journal.refused(ruling.reasons());
        Ending ending = Endings.denied(ruling.reasons());
        conditions.set(ConditionType.Admitted, Conditions.FALSE, ending.reason(), ending.message());
        return end(ending, true);
    }

    private boolean notStarted(Observation.NotStarted observation) {
        admit(observation.ruling());
        return end(Endings.notStarted(observation.reason(), observation.message()), true);
    }

    private boolean planned(Observation.Planned planned) {
        admit(planned.ruling());
        draft.plan = planned.plan();
        return end(Ending.decidedOnly(), true);
    }

    private void admit(Ruling.Granted ruling) {
        if (draft.decision == null) {
            draft.decision = new Decision(Verdict.Allowed, ruling.policyVersion(), now.toString(), List.of());
            draft.effective = ruling.effective();
            journal.granted(ruling);
            conditions.set(
                    ConditionType.Admitted,
                    Conditions.TRUE,
                    Reason.Allowed,
                    "the policy grants all that the run asks for"
                            + (ruling.tool().lifecycle() == Lifecycle.Deprecated
                                    ? "; the tool " + Quoted.of(ruling.tool().name(), TOOL_SHOWN)
                                            + " is Deprecated: use another one, before the policy no longer has it"
                                    : ""));
        }
    }

    /** Written once, and no decision with it: that is made when the waiting is over, by the policy as it is then. */
    private boolean waiting(Observation.Waiting waiting) {
        draft.phase = waiting.reason() == Reason.Queued ? Phase.Queued : Phase.Pending;
        conditions.set(ConditionType.Admitted, Conditions.UNKNOWN, waiting.reason(), waiting.message());
        conditions.set(ConditionType.SandboxReady, Conditions.FALSE, waiting.reason(), waiting.message());
        conditions.set(ConditionType.Finished, Conditions.FALSE, waiting.reason(), waiting.message());
        conditions.set(ConditionType.Succeeded, Conditions.UNKNOWN, waiting.reason(), waiting.message());
        return false;
    }

    /** What the first run's object says of itself, facts and end; who asks for it again must see no difference. */
    private boolean replayed(Observation.Replayed replayed) {
        admit(replayed.ruling());
        ToolRun first = replayed.first();
        draft.replayOf =
                new ReplayOf(first.getMetadata().getName(), first.getMetadata().getUid());
        draft.copyFacts(statusOf(first));
        journal.replayed(draft.replayOf);
        return end(Endings.replayed(first), true);
    }

    /** The claim: from here on this pod, and no other, may be given the job. */
    private boolean made(Observation.Made made) {
        admit(made.ruling());
        draft.attempts.add(new Attempt(made.attempt(), made.podName(), made.podUid(), null, null));
        draft.sandbox = new Sandbox(
                made.podName(),
                made.podUid(),
                null,
                draft.effective.runtimeClassName(),
                made.supervisor(),
                List.of(Layer.Admission, Layer.Decision, Layer.GVisor));
        journal.claimed(made.attempt(), made.podUid());
        draft.phase = Phase.Starting;
        String message = "the pod was made; the tool has not started";
        conditions.set(ConditionType.SandboxReady, Conditions.FALSE, Reason.Starting, message);
        conditions.set(ConditionType.Finished, Conditions.FALSE, Reason.Starting, message);
        conditions.set(ConditionType.Succeeded, Conditions.UNKNOWN, Reason.Starting, message);
        return false;
    }

    private boolean underway(Observation.Underway underway) {
        if (underway.running() && draft.phase == Phase.Starting) {
            draft.phase = Phase.Running;
            image(underway.imageId());
            conditions.set(ConditionType.SandboxReady, Conditions.TRUE, Reason.Running, "the tool's container runs");
            conditions.set(ConditionType.Finished, Conditions.FALSE, Reason.Running, "the tool runs");
            conditions.set(ConditionType.Succeeded, Conditions.UNKNOWN, Reason.Running, "the tool runs");
        }
        // Written once: what the scheduler says changes with every pod that comes or goes.
        underway.unplaced().filter(message -> !isOnRecord(Reason.Unschedulable)).ifPresent(this::unplaced);
        underway.losing()
                .ifPresent(reason -> conditions.set(
                        ConditionType.SandboxReady,
                        Conditions.FALSE,
                        reason,
                        reason == Reason.DeadlineExceeded
                                ? "its time is over and its supervisor has not ended it, so its pod is deleted"
                                : "its pod is gone; facts may still be on their way"));
        return false;
    }

    private void unplaced(String message) {
        conditions.set(ConditionType.SandboxReady, Conditions.FALSE, Reason.Unschedulable, message);
        conditions.set(ConditionType.Finished, Conditions.FALSE, Reason.Unschedulable, message);
        conditions.set(ConditionType.Succeeded, Conditions.UNKNOWN, Reason.Unschedulable, message);
    }

    /** Whether that is where the run is said to be. */
    private boolean isOnRecord(Reason reason) {
        return RunStory.condition(before, ConditionType.Finished, reason).isPresent();
    }

    /** The attempt is over and the run is not: that is on record before another pod is made, and so is the time from which its delay counts. */
    private boolean again(Observation.Again again) {
        Attempt attempt = draft.attempts.getLast();
        if (attempt.finishedAt() == null) {
            Ending ending = ending(again.end());
            finishAttempt(ending.reason());
            journal.attemptEnded(attempt.number(), ending.reason());
            draft.phase = Phase.Pending;
            conditions.set(ConditionType.SandboxReady, Conditions.FALSE, ending.reason(), ending.message());
            String message = "attempt " + attempt.number() + " ended as " + ending.reason() + ": " + ending.message()
                    + "; another one follows";
            conditions.set(ConditionType.Finished, Conditions.FALSE, Reason.Retrying, message);
            conditions.set(ConditionType.Succeeded, Conditions.UNKNOWN, Reason.Retrying, message);
        }
        return false;
    }

    /** How a run ends, if it ends with an attempt that ended so. */
    private Ending ending(Observation end) {
        Ending ending = switch (end) {
            case Observation.Told told -> told(told);
            case Observation.Lost lost -> lost(lost);
            default -> throw new IllegalArgumentException("not how an attempt ends: " + end);
        };
        return ending.reason() == Reason.PolicyChanged
                ? lost.get()
                        .map(what -> ending.noting("; by the policy as it is now: " + what))
                        .orElse(ending)
                : ending;
    }

    private Ending told(Observation.Told told) {
        Result facts = before.result();
        image(told.imageId());
        List<Layer> layers = new ArrayList<>(draft.sandbox.layers());
        // Claims of an earlier version have it from the beginning, and an attempt that ended has it from its facts.
        layers.removeAll(List.of(Layer.NetworkPolicy, Layer.Box, Layer.Gateway));
        boolean started = executed() && facts.outcome() != Outcome.BoxFailed;
        if (started && facts.outcome() != Outcome.NetworkNotIsolated) {
            // No tool starts before the gate has found the pod's network closed.
            layers.add(Layer.NetworkPolicy);
        }
        if (started) {
            layers.add(Layer.Box);
        }
        layers.add(Layer.Gateway);
        draft.sandbox = new Sandbox(
                draft.sandbox.podName(),
                draft.sandbox.podUID(),
                draft.sandbox.imageID(),
                draft.sandbox.runtimeClassName(),
                draft.sandbox.supervisor(),
                layers);
        return run.getSpec().outputMode() == OutputMode.Fail && Endings.isCut(facts)
                ? Endings.outputTooLarge(facts)
                : Endings.told(run, facts, started, told.stopped(), idempotent);
    }

    private Ending lost(Observation.Lost lost) {
        image(lost.imageId());
        // A kubelet that begins anew may refuse what ran before, as if it had never been.
        Started started = executed() || before.phase() == Phase.Running ? Started.Yes : lost.started();
        return Endings.lost(
                run, new Observation.Lost(lost.reason(), lost.message(), started, lost.imageId()), idempotent);
    }

    /** Whether the tool was started in the newest attempt, by the facts. */
    private boolean executed() {
        return before.execution() != null
                && !draft.attempts.isEmpty()
                && draft.attempts.getLast().podUID().equals(before.execution().podUID());
    }

    private boolean after(String imageId, Consumer<CommitReduction> then) {
        image(imageId);
        then.accept(new CommitReduction(draft, conditions, journal));
        return false;
    }

    private boolean settled(String imageId) {
        image(imageId);
        draft.settled = true;
        return false;
    }

    /** @param settled whether nothing more will be written; what may be missing is the image's digest, which the kubelet tells later than the gateway the facts */
    private boolean end(Ending ending, boolean settled) {
        draft.phase = ending.phase();
        draft.exitCode = ending.exitCode();
        draft.error = ending.error();
        // What it changed is looked at when all else is on record.
        draft.settled = settled && !CommitCourse.isAsked(run, draft.status()) ? true : null;
        boolean between = !draft.attempts.isEmpty() && draft.attempts.getLast().finishedAt() != null;
        if (!(between && ending.phase() == Phase.Cancelled)) {
            finishAttempt(ending.reason());
        }
        if (draft.replayOf == null) {
            journal.revoked(ending);
        }
        journal.ended(ending);
        boolean succeeded = ending.phase() == Phase.Succeeded;
        conditions.set(ConditionType.SandboxReady, Conditions.FALSE, ending.reason(), ending.message());
        conditions.set(ConditionType.Finished, Conditions.TRUE, ending.reason(), ending.message());
        conditions.set(
                ConditionType.Succeeded,
                succeeded ? Conditions.TRUE : Conditions.FALSE,
                ending.reason(),
                ending.message());
        return true;
    }

    private void finishAttempt(Reason reason) {
        if (!draft.attempts.isEmpty()) {
            Attempt attempt = draft.attempts.removeLast();
            String finishedAt = attempt.finishedAt() == null
                    ? now.truncatedTo(ChronoUnit.MILLIS).toString()
                    : attempt.finishedAt();
            draft.attempts.add(
                    new Attempt(attempt.number(), attempt.podName(), attempt.podUID(), finishedAt, reason.name()));
        }
    }

    private void image(String imageId) {
        Sandbox sandbox = draft.sandbox;
        if (sandbox != null && !imageId.isEmpty()) {
            draft.sandbox = new Sandbox(
                    sandbox.podName(),
                    sandbox.podUID(),
                    imageId,
                    sandbox.runtimeClassName(),
                    sandbox.supervisor(),
                    sandbox.layers());
        }
    }

    private Reduction reduction(boolean ended) {
        draft.conditions = conditions.list();
        draft.audit = journal.audit();
        if (before.observedGeneration() != null || !draft.status().equals(own(before))) {
            // Also where a new generation is all (somebody set cancel): `kubectl wait` believes no status of an older
            // one.
            draft.observedGeneration = run.getMetadata().getGeneration();
        }
        return new Reduction(draft.status(), journal.events(), journal.lines(), ended);
    }
}
