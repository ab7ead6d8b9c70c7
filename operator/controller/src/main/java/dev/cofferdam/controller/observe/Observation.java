package dev.cofferdam.controller.observe;

import dev.cofferdam.api.v1alpha1.Commitment;
import dev.cofferdam.api.v1alpha1.Plan;
import dev.cofferdam.api.v1alpha1.SupervisorSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.record.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What became of a run so far: exactly one of these at any time. */
public sealed interface Observation {
    /** The policy refuses the run. Nothing was made. */
    record Denied(Ruling.Refused ruling) implements Observation {}

    /** The policy grants the run, and it ends before any pod of it was claimed: nothing ran. */
    record NotStarted(Ruling.Granted ruling, Reason reason, String message) implements Observation {}

    /** The policy grants the run, which asks for no more than the decision: nothing was made. */
    record Planned(Ruling.Granted ruling, Plan plan) implements Observation {}

    /**
     * A pod was made for the run, and is to be claimed.
     *
     * @param attempt its number; the one before has ended, and that is on record
     */
    record Made(Ruling.Granted ruling, int attempt, String podName, String podUid, SupervisorSource supervisor)
            implements Observation {}

    /**
     * The policy grants the run, and nothing is made for it yet.
     *
     * @param message the same as long as the reason is: it is written once
     * @param again when to look again, at the latest
     */
    record Waiting(Reason reason, String message, Instant again) implements Observation {}

    /**
     * Nothing is decided, because what decides is still being asked for: nothing is written.
     *
     * @param again when to look again
     */
    record NotYet(Instant again) implements Observation {}

    /**
     * The policy grants the run, and another one was executed in its stead.
     *
     * @param first that one, which has ended
     */
    record Replayed(Ruling.Granted ruling, ToolRun first) implements Observation {}

    /**
     * Nothing to say yet.
     *
     * @param running whether the tool has run long enough for people to be told
     * @param losing why it looks as if the pod were lost, or will be; empty while all is well
     * @param unplaced that no node was found for the pod for a while, and why, for people; empty where one was found, or may yet be soon
     * @param imageId the digest of the tool's image, once the kubelet has said it
     * @param again when to look again, at the latest
     */
    record Underway(boolean running, Optional<Reason> losing, Optional<String> unplaced, String imageId, Instant again)
            implements Observation {
        /** Of a pod that has a node, or may have one soon. */
        Underway(boolean running, Optional<Reason> losing, String imageId, Instant again) {
            this(running, losing, Optional.empty(), imageId, again);
        }

        /** The same, to be written down that it will be lost, and looked at again at once. */
        public Underway losing(Reason reason, Instant now) {
            return new Underway(running, Optional.of(reason), unplaced, imageId, now);
        }

        /** The same, looked at again no later than then. */
        public Underway until(Instant then) {
            return then.isBefore(again) ? new Underway(running, losing, unplaced, imageId, then) : this;
        }
    }

    /**
     * The gateway stored the facts; they are in the status.
     *
     * @param stopped why the tool was stopped, or that its memory ran out; empty where it ended otherwise
     */
    record Told(Optional<Reason> stopped, String imageId) implements Observation {}

    /**
     * The attempt ended without facts.
     *
     * @param started whether the container had started: then the tool may have run
     */
    record Lost(Reason reason, String message, Started started, String imageId) implements Observation {}

    /**
     * The attempt ended, and there will be another one.
     *
     * @param end how it ended: {@link Told} or {@link Lost}
     * @param due when the next one may begin
     */
    record Again(Observation end, Instant due) implements Observation {}

    /**
     * The attempt ended, and the next one, which was due, cannot be.
     *
     * @param end how it ended: {@link Told} or {@link Lost}
     * @param why there is no other, for people
     */
    record NoMore(Observation end, String why) implements Observation {}

    /** The run has ended; only the image's digest was missing. */
    record Settled(String imageId) implements Observation {}

    /**
     * The run has ended, and what becomes of its changes is not decided.
     *
     * @param again when to look again, at the latest
     */
    record Held(Reason reason, String message, Instant again, String imageId) implements Observation {}

    /** A pod was made that writes the changes of the run, and is to be claimed. */
    record CommitBegun(Commitment commit, String imageId) implements Observation {}

    /** What became of the changes of the run is known, and that is all there was to wait for. */
    record Committed(CommitStep.Decided decided, String imageId) implements Observation {}

    /** Whether the tool's container had started, by the kubelet's word. */
    enum Started {
        Yes,
        No,
        NotKnown
    }

    /** How long to wait at most until the next look, where one is due. */
    static Optional<Duration> due(Observation observation, Instant now) {
        return switch (observation) {
            case Underway underway -> Optional.of(until(underway.again(), now));
            case NotYet notYet -> Optional.of(until(notYet.again(), now));
            case Waiting waiting -> Optional.of(until(waiting.again(), now));
            case Again again -> Optional.of(until(again.due(), now));
            case Held held -> Optional.of(until(held.again(), now));
            default -> Optional.empty();
        };
    }

    private static Duration until(Instant due, Instant now) {
        Duration wait = Duration.between(now, due);
        return wait.isPositive() ? wait : Duration.ofMillis(1);
    }
}
