package dev.cofferdam.controller.observe;

import dev.cofferdam.api.v1alpha1.Commitment;
import dev.cofferdam.record.Reason;
import java.time.Instant;
import java.util.List;

/** What is next for the changes of a run that has ended: exactly one of these at any time. */
public sealed interface CommitStep {
    /**
     * Nothing may be done yet.
     *
     * @param again when to look again, at the latest
     */
    record Hold(Reason reason, String message, Instant again) implements CommitStep {}

    /**
     * A pod is to be made that writes them.
     *
     * @param commit what was decided, without its pod
     */
    record Begin(Commitment commit) implements CommitStep {}

    /** The pod is at it. */
    record Follow(Instant again) implements CommitStep {}

    /** The pod is of no use any more, and has to be gone before there is another. */
    record Replace() implements CommitStep {}

    /** The end of it. Nothing is written to the volume from now on. */
    record Decided(Result result, Reason reason, String message, List<String> paths) implements CommitStep {
        public Decided {
            paths = List.copyOf(paths);
        }
    }

    /** What a decided commit came to, as the condition has it. */
    enum Result {
        True,
        False,
        Unknown
    }
}
