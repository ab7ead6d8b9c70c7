package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.Change;
import dev.cofferdam.api.v1alpha1.Changes;
import dev.cofferdam.api.v1alpha1.FileKind;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.OutputEncoding;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ReturnedState;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.plan.KeyLease;
import dev.cofferdam.policy.Call;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Where a run with an idempotency key stands before anything is made for it. The Lease decides who is the first; what is believed of that run is only what its
 * own object says. So whoever forges a Lease can keep a key from being used, and can neither lie about an outcome nor have anything executed again: that takes a
 * key under which no run that is there was executed.
 */
public sealed interface KeyStanding {
    /** The run may be the first of its key. */
    sealed interface Open extends KeyStanding {}

    /** Nobody has the key. */
    record Free() implements Open {}

    /** The run has it already. */
    record Own() implements Open {}

    /** The run that had it ended before anything was executed, and can be no more. */
    record Lapsed(Lease lease) implements Open {}

    /**
     * Another run has the key, and has not ended.
     *
     * @param recorded whether the Lease says so; else it was lost, and is to be made again
     */
    record UnderWay(ToolRun first, boolean recorded) implements KeyStanding {}

    /** Another run had it and has ended: its outcome is this run's. */
    record Ended(ToolRun first, boolean recorded) implements KeyStanding {}

    /** Nothing is executed under this key, and there is no outcome to give. */
    record Refused(Reason reason, String message) implements KeyStanding {}

    /**
     * Says where a run stands.
     *
     * @param lease of its key, as the API server has it
     * @param holder the run that the Lease names, by name and UID, as the API server has it
     * @param namesakes all runs of the namespace with the key; asked for only where the run might be the first
     */
    static KeyStanding of(
            ToolRun run, Optional<Lease> lease, Optional<ToolRun> holder, Supplier<Stream<ToolRun>> namesakes) {
        if (lease.isEmpty()) {
            return open(run, namesakes, new Free(), false);
        }
        if (KeyLease.isHeldBy(lease.get(), run)) {
            return open(run, namesakes, new Own(), true);
        }
        if (holder.isEmpty()) {
            return gone(run, lease.get());
        }
        boolean idle = Lifetime.finishedAt(holder.get()).isPresent()
                && !isExecuted(holder.get())
                && statusOf(holder.get()).replayOf() == null;
        return idle ? open(run, namesakes, new Lapsed(lease.get()), true) : behind(run, holder.get(), true);
    }

    private static KeyStanding open(ToolRun run, Supplier<Stream<ToolRun>> namesakes, Open open, boolean recorded) {
        return namesakes
                .get()
                .filter(other ->
                        !other.getMetadata().getUid().equals(run.getMetadata().getUid()))
                .filter(KeyStanding::isExecuted)
                .min(Comparator.comparing(other -> other.getMetadata().getCreationTimestamp()))
                .map(first -> behind(run, first, recorded))
                .orElse(open);
    }

    private static KeyStanding behind(ToolRun run, ToolRun first, boolean recorded) {
        String name = Quoted.of(first.getMetadata().getName(), Conditions.MESSAGE_MOST);
        if (!Call.digest(run.getSpec()).equals(Call.digest(first.getSpec()))) {
            return reused("the run " + name);
        }
        ToolRunStatus status = statusOf(first);
        if (status.replayOf() != null) {
            return new Refused(
                    Reason.KeyConsumed,
                    "the Lease of the key names the run " + name
                            + ", which executed nothing itself: nobody can say what was done");
        }
        return Lifetime.finishedAt(first).isPresent() && !isOfAnotherVersion(status)
                ? new Ended(first, recorded)
                : new UnderWay(first, recorded);
    }

    private static KeyStanding gone(ToolRun run, Lease lease) {
        boolean same = KeyLease.digest(lease)
                .filter(Call.digest(run.getSpec())::equals)
                .isPresent();
        return same
                ? new Refused(
                        Reason.KeyConsumed,
                        "the run that had this key is gone, and its outcome with it; it may have been executed: find out what it did, then create another run with another key")
                : reused("a run that is gone");
    }

    private static Refused reused(String whose) {
        return new Refused(
                Reason.KeyReused,
                "the key belongs to " + whose
                        + ", which asked for something else; create another run with another key, or with the same spec");
    }

    /** An end that is not known here cannot be repeated here: it is left to the version that wrote it. */
    private static boolean isOfAnotherVersion(ToolRunStatus status) {
        return Reducer.isOfAnotherVersion(status)
                || hasUnknownWords(status)
                || status.conditions().stream()
                        .filter(condition -> ConditionType.Finished.name().equals(condition.getType()))
                        .noneMatch(condition -> Stream.of(Reason.values())
                                .anyMatch(known -> known.name().equals(condition.getReason())));
    }

    /** Facts with a word that is not known here cannot be copied: the copy would have another word, which the API server refuses. */
    private static boolean hasUnknownWords(ToolRunStatus status) {
        return isUnknown(status.result()) || isUnknown(status.changes());
    }

    private static boolean isUnknown(Result result) {
        return result != null
                && (result.outcome() == Outcome.Unrecognized
                        || result.stdoutEncoding() == OutputEncoding.Unrecognized
                        || result.stderrEncoding() == OutputEncoding.Unrecognized);
    }

    private static boolean isUnknown(Changes changes) {
        return changes != null
                && (changes.items().stream()
                                .anyMatch(item ->
                                        item.change() == Change.Unrecognized || item.kind() == FileKind.Unrecognized)
                        || changes.outputs().stream().anyMatch(file -> file.state() == ReturnedState.Unrecognized));
    }

    /** Whether a pod was ever claimed for it: before that nothing can have been executed. */
    private static boolean isExecuted(ToolRun run) {
        return !statusOf(run).attempts().isEmpty();
    }

    private static ToolRunStatus statusOf(ToolRun run) {
        return Reducer.statusOf(run);
    }
}
