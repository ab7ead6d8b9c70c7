package dev.cofferdam.controller.observe;

import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.Changes;
import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.Commitment;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.api.v1alpha1.Workspace;
import dev.cofferdam.controller.observe.CommitStep.Begin;
import dev.cofferdam.controller.observe.CommitStep.Decided;
import dev.cofferdam.controller.observe.CommitStep.Follow;
import dev.cofferdam.controller.observe.CommitStep.Hold;
import dev.cofferdam.controller.observe.CommitStep.Replace;
import dev.cofferdam.controller.observe.CommitStep.Result;
import dev.cofferdam.policy.CommitGrant;
import dev.cofferdam.policy.Origin;
import dev.cofferdam.record.Reason;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is to be done about the changes of a run that has ended. Pure, and of nothing but what the API server has: a controller that starts in between comes to the same.
 * That a commit has begun is one write, {@code status.commit}; before it nothing can be written, because the gateway gives the contents to the pod that it names alone.
 */
public final class CommitCourse {
    private static final long AGAIN_SECONDS = 5;
    private static final String GATEWAY = "gateway/";
    private static final String RESUME = "resume";

    private final ToolRun run;
    private final ToolRunStatus status;
    private final Changes changes;
    private final Optional<Instant> idle;
    private final Instant now;

    private CommitCourse(ToolRun run, Optional<Instant> idle, Instant now) {
        this.run = run;
        this.idle = idle;
        this.status = run.getStatus();
        this.changes = status.changes();
        this.now = now;
    }

    /** Whether there is anything to be decided after the end of a run. */
    public static boolean isAsked(ToolRun run, ToolRunStatus status) {
        return Origin.commit(run.getSpec()) != Commit.Never
                && !status.attempts().isEmpty();
    }

    /**
     * The next step.
     *
     * @param run which has ended, and asks for a commit
     * @param grant what the policy says now, asked only where it decides
     * @param pod of the name that the run's committer has; empty where the API server has said that there is none
     * @param idle when the run's committer was last seen, where as far as anybody here saw its program had never started
     */
    public static CommitStep next(
            ToolRun run, Supplier<CommitGrant> grant, Optional<Pod> pod, Optional<Instant> idle, Instant now) {
        CommitCourse course = new CommitCourse(run, idle, now);
        return course.status.commit() == null
                ? course.impossible().orElseGet(() -> course.awaited(grant))
                : course.begun(course.status.commit(), grant, pod);
    }

    /** Whether a committer's program has started, as far as its pod shows. */
    public static boolean hasStarted(Pod committer) {
        return new CommitterView(committer).hasStarted();
    }

    private Optional<CommitStep> impossible() {
        if (!isOfNewest() || changes == null || changes.digest() == null && !Boolean.FALSE.equals(changes.complete())) {
            return given(Reason.NothingToCommit, "nothing is known of what the tool changed");
        }
        if (!Boolean.TRUE.equals(changes.complete())) {
            return given(
                    Reason.ChangesIncomplete, "the change set is not complete, so nobody knows what would be written");
        }
        if (count(changes.added()) + count(changes.modified()) + count(changes.deleted()) == 0) {
            return given(Reason.NothingToCommit, "the tool changed nothing");
        }
        if (run.isMarkedForDeletion() || RunStory.isCancelled(run.getSpec())) {
            return given(
                    Reason.Cancelled,
                    "the run was " + (run.isMarkedForDeletion() ? "deleted" : "cancelled")
                            + " before its changes were written; the volume is as it was");
        }
        if (changes.contents() == null) {
            return given(
                    Reason.ContentsNotKept,
                    "no gateway kept the contents of the changes: they were too large, its store was full, or it went away meanwhile; run the tool again");
        }
        return now.isBefore(expiry())
                ? Optional.empty()
                : given(
                        Reason.ApprovalExpired,
                        "the contents of the changes were kept until "
                                + changes.contents().expiresAt()
                                + ", and were not to be written before that; run the tool again");
    }

    /** What an attempt before it changed is no more the run's than what it said. */
    private boolean isOfNewest() {
        return status.result() != null
                && status.attempts().getLast().podUID().equals(status.result().podUID());
    }

    private CommitStep awaited(Supplier<CommitGrant> grant) {
        String approved = approved();
        if (approved.isEmpty()) {
            Optional<String> doubt = doubt();
            if (doubt.isPresent()) {
                return new Hold(
                        Reason.AwaitingApproval,
                        doubt.get() + "somebody with the verb commit on this run has to approve its changes to "
                                + target()
                                + " before " + changes.contents().expiresAt() + ": kubectl patch toolrun -n "
                                + run.getMetadata().getNamespace() + " "
                                + run.getMetadata().getName()
                                + " --type=merge -p '{\"metadata\":{\"uid\":\""
                                + run.getMetadata().getUid() + "\"},\"spec\":{\"workspace\":{\"approvedDigest\":\""
                                + changes.digest()
                                + "\"}}}'",
                        expiry());
            }
        } else if (!approved.equals(changes.digest())) {
            // The schema has refused it already.
            return new Decided(
                    Result.False, Reason.Conflict, "another change set was approved than the run has", List.of());
        }
        return switch (grant.get()) {
            case CommitGrant.Refused refused -> held(refused.reason());
            case CommitGrant.Granted granted -> new Begin(begin(granted));
        };
    }

    private CommitStep held(DecisionReason refusal) {
        return new Hold(
                Reason.valueOf(refusal.code()),
                "approved, and held back until the policy lets it be written, at most until "
                        + changes.contents().expiresAt() + ": " + refusal.message(),
                expiry());
    }

    /** Why the end alone does not approve the changes, with how the sentence goes on; empty where it does. */
    private Optional<String> doubt() {
        if (Origin.commit(run.getSpec()) != Commit.OnSuccess) {
            return Optional.of("");
        }
        if (status.phase() != Phase.Succeeded) {
            return Optional.of("the run did not succeed, so its changes are not written by themselves; ");
        }
        boolean denied = count(changes.denied()) > 0
                || status.audit() != null
                        && status.audit().sources().stream()
                                .map(AuditSource::denied)
                                .anyMatch(told -> told == null || told > 0);
        if (denied) {
            return Optional.of("something was denied to the tool, so its changes are not written by themselves; ");
        }
        return status.audit() != null && !isWhole(status.audit().sources())
                ? Optional.of("not all that the tool did is on record, so its changes are not written by themselves; ")
                : Optional.empty();
    }

    /** A gateway that takes a run over knows nothing of what another one denied to it; where it begins is in what is kept of its events, if all are. */
    private static boolean isWhole(List<AuditSource> sources) {
        List<AuditSource> gateways = sources.stream()
                .filter(source -> source.source().startsWith(GATEWAY))
                .toList();
        return gateways.size() <= 1
                && gateways.stream()
                        .allMatch(source -> (source.dropped() == null || source.dropped() == 0)
                                && source.events().stream().noneMatch(event -> RESUME.equals(event.action())));
    }

    private Commitment begin(CommitGrant.Granted granted) {
        Workspace workspace = run.getSpec().workspace();
        return new Commitment(
                changes.digest(),
                approved().isEmpty() ? null : workspace.approvedBy(),
                now.toString(),
                1,
                null,
                null,
                granted.allow(),
                granted.deny(),
                List.of());
    }

    /** What the policy does not let be written now waits, also after a pod was lost: each that is made in vain is one less. */
    private CommitStep begun(Commitment commit, Supplier<CommitGrant> grant, Optional<Pod> there) {
        if (there.isEmpty() || !there.get().getMetadata().getUid().equals(commit.podUID())) {
            return absent(commit, grant);
        }
        CommitterView pod = new CommitterView(there.get());
        Optional<Decided> said = pod.word().map(CommitCourse::said);
        if (said.isPresent()) {
            return said.get();
        }
        if (pod.deleted().isPresent()) {
            return now.isBefore(later(expiry(), pod.deleted().get().plus(CommitterView.VANISHING)))
                    ? new Follow(now.plusSeconds(AGAIN_SECONDS))
                    : lost("the pod that was to write the changes does not go; its node may be lost");
        }
        // One that no node has started is as good as any other in its place would be.
        Instant until = pod.hasStarted() || pod.until().isAfter(expiry()) ? pod.until() : expiry();
        if (!pod.hasEnded() && now.isBefore(until)) {
            return new Follow(until);
        }
        return now.isBefore(expiry()) ? unlessRefused(grant, new Replace()) : new Replace();
    }

    private CommitStep absent(Commitment commit, Supplier<CommitGrant> grant) {
        if (idle.isEmpty() && commit.number() >= Bounds.COMMITTERS) {
            return lost("all " + commit.number() + " pods that were to write the changes were lost");
        }
        if (!now.isBefore(expiry())) {
            return lost("the pod that was to write the changes was lost, and their contents were kept until "
                    + changes.contents().expiresAt());
        }
        Instant next = CommitterPace.next(commit, idle);
        return now.isBefore(next)
                ? new Follow(next)
                : unlessRefused(grant, new Begin(again(commit, commit.number() + (idle.isEmpty() ? 1 : 0))));
    }

    private CommitStep unlessRefused(Supplier<CommitGrant> grant, CommitStep step) {
        Commitment commit = status.commit();
        return switch (grant.get()) {
            case CommitGrant.Refused refused -> held(refused.reason());
            case CommitGrant.Granted granted ->
                granted.covers(commit.storage(), commit.storageDenied())
                        ? step
                        : new Hold(
                                Reason.PathNotAllowed,
                                "held back, at most until " + changes.contents().expiresAt()
                                        + ": the policy lets less be written now than when the commit began",
                                expiry());
        };
    }

    private static Decided lost(String how) {
        return new Decided(
                Result.Unknown,
                Reason.CommitterLost,
                how + "; whether they are in the volume is not known: look at it",
                List.of());
    }

    private static Commitment again(Commitment before, int number) {
        return new Commitment(
                before.digest(),
                before.approvedBy(),
                before.startedAt(),
                number,
                null,
                null,
                before.storage(),
                before.storageDenied(),
                List.of());
    }

    private static Decided said(CommitterView.Word word) {
        String named = word.paths().isEmpty() ? "" : ": " + String.join(", ", word.paths());
        return switch (word.outcome()) {
            case Committed -> new Decided(Result.True, Reason.Committed, "every change is in the volume", List.of());
            case Conflict ->
                new Decided(
                        Result.False,
                        Reason.Conflict,
                        "the volume is no longer as the run saw it, so nothing was written; run the tool again on what is there now"
                                + named,
                        word.paths());
            case NotWritable ->
                new Decided(
                        Result.False,
                        Reason.NotWritable,
                        "the policy or the volume does not let every change be written, so nothing was" + named,
                        word.paths());
            case ContentsLost ->
                new Decided(
                        Result.False,
                        Reason.ContentsLost,
                        "the replica of the gateway that kept the contents is gone, and they with it; nothing was written; run the tool again",
                        List.of());
            default ->
                new Decided(
                        Result.False,
                        Reason.ContentsInvalid,
                        "what was kept is not what the run changed, so nothing was written; tell whoever runs Cofferdam"
                                + named,
                        word.paths());
        };
    }

    private static Optional<CommitStep> given(Reason reason, String message) {
        return Optional.of(new Decided(Result.False, reason, message, List.of()));
    }

    private Instant expiry() {
        return Instant.parse(changes.contents().expiresAt());
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /** Where they would be written, so that whoever approves them knows that too. */
    private String target() {
        return Origin.claim(run.getSpec())
                .map(claim -> "the claim " + claim.claimName()
                        + (claim.subPath() == null || claim.subPath().isEmpty() ? "" : ", below " + claim.subPath()))
                .orElse("its source");
    }

    private String approved() {
        Workspace workspace = run.getSpec().workspace();
        return workspace == null || workspace.approvedDigest() == null ? "" : workspace.approvedDigest();
    }

    private static int count(Integer told) {
        return told == null ? 0 : told;
    }
}
