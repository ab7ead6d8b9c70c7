package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.Commitment;
import dev.cofferdam.controller.observe.CommitStep;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Reason;
import java.util.List;

/** What becomes of the changes of a run that has ended, as its status tells it. */
final class CommitReduction {
    private final Draft draft;
    private final Conditions conditions;
    private final Journal journal;

    CommitReduction(Draft draft, Conditions conditions, Journal journal) {
        this.draft = draft;
        this.conditions = conditions;
        this.journal = journal;
    }

    void held(Observation.Held held) {
        conditions.set(ConditionType.Committed, Conditions.UNKNOWN, held.reason(), held.message());
    }

    /** The claim: from here on this pod, and no other, is given the contents. */
    void begun(Commitment commit) {
        if (draft.commit == null) {
            journal.approved(commit);
        }
        journal.committing(commit);
        draft.commit = commit;
        conditions.set(
                ConditionType.Committed,
                Conditions.UNKNOWN,
                Reason.Committing,
                "a pod of Cofferdam writes the changes into the volume");
    }

    void decided(CommitStep.Decided decided) {
        if (draft.commit != null && !decided.paths().isEmpty()) {
            draft.commit = with(draft.commit, decided.paths());
        }
        journal.committed(decided);
        conditions.set(ConditionType.Committed, decided.result().name(), decided.reason(), decided.message());
        draft.settled = true;
    }

    private static Commitment with(Commitment commit, List<String> paths) {
        return new Commitment(
                commit.digest(),
                commit.approvedBy(),
                commit.startedAt(),
                commit.number(),
                commit.podName(),
                commit.podUID(),
                commit.storage(),
                commit.storageDenied(),
                paths);
    }
}
