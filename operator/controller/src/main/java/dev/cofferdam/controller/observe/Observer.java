package dev.cofferdam.controller.observe;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.Observation.Lost;
import dev.cofferdam.controller.observe.Observation.Started;
import dev.cofferdam.controller.observe.Observation.Underway;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Reason;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Says how a claimed run goes. Facts come first; where there are none, the kubelet's word; where the kubelet is silent, its own deadline. Every wait has an
 * end, so that every run has one.
 */
public final class Observer {
    private static final int SIGKILL = 9;

    /** Longer than a gateway waits for an answer of an API server that is away, and between that and the next try. */
    private static final Duration RETURN = Duration.ofSeconds(20);

    /** As which the loss of a pod that is gone is written down. */
    private static final Set<String> GONE = Set.of(Reason.PodDeleted.name(), Reason.Evicted.name());

    private final Bounds bounds;

    public Observer(Bounds bounds) {
        this.bounds = bounds;
    }

    /**
     * Looks at the newest attempt of a claimed run.
     *
     * @param pod the attempt's pod; empty when the API server has said that it is gone
     * @param evicted whether by the last that was seen of the pod it {@link #isEvicted was evicted}; what is gone says so no more
     * @param wish why the run is to stop, where somebody wants it to
     */
    public Observation observe(
            ToolRunStatus status, Optional<Pod> pod, boolean evicted, Optional<Reason> wish, Instant now) {
        Attempt attempt = status.attempts().getLast();
        Optional<PodView> view = pod.filter(p -> p.getMetadata().getUid().equals(attempt.podUID()))
                .map(PodView::new);
        Optional<Result> facts = facts(status);
        if (attempt.finishedAt() != null) {
            return ended(status, attempt, view, wish);
        }
        if (facts.isPresent()) {
            return told(facts.get(), view, lossOf(status, evicted), wish, now);
        }
        return view.map(seen -> present(seen, status, wish, now))
                .orElseGet(() -> gone(status, lossOf(status, evicted), wish, now));
    }

    /**
     * What is to be believed of how an attempt goes by whoever has only just begun to look: perhaps because the API server was away, and then whoever holds facts is about to
     * try again to store them.
     *
     * @param seen of an attempt that has not ended, and that nobody wants stopped
     * @param looking since when this process looks at runs
     */
    public static Observation patient(Observation seen, Instant looking, Instant now) {
        Instant until = looking.plus(RETURN);
        return seen instanceof Lost lost && now.isBefore(until)
                ? new Underway(false, Optional.empty(), lost.imageId(), until)
                : seen;
    }

    /** Whether Kubernetes itself takes a pod away, or has. */
    public static boolean isEvicted(Pod pod) {
        return new PodView(pod).evicted();
    }

    /** Whether a pod has ended, by the kubelet's word. One that is to go may be at work still. */
    public static boolean hasEnded(Pod pod) {
        return new PodView(pod).ended();
    }

    /** What a pod is good for that was made for an attempt, and that no claim names. */
    public Unclaimed unclaimed(Pod pod, Instant now) {
        return Unclaimed.of(new PodView(pod), bounds, now);
    }

    /**
     * The attempt has ended, and the next one was due or will be. How it ended is on record, and stays so whatever becomes of its pod; but facts that came late
     * say more.
     */
    private static Observation ended(
            ToolRunStatus status, Attempt attempt, Optional<PodView> view, Optional<Reason> wish) {
        Reason reason = Stream.of(Reason.values())
                .filter(known -> known.name().equals(attempt.reason()))
                .findFirst()
                .orElse(Reason.SupervisorLost);
        String imageId = view.map(PodView::imageId).orElse("");
        Optional<Result> facts = facts(status);
        if (facts.isPresent() && (wish.isEmpty() || facts.get().outcome() == Outcome.Exited)) {
            return new Observation.Told(Optional.of(reason), imageId);
        }
        return new Lost(
                wish.orElse(reason),
                "attempt " + attempt.number() + " had ended as " + reason + ", and no other had begun",
                Started.NotKnown,
                imageId);
    }

    /** What the gateway stored of the newest attempt. */
    private static Optional<Result> facts(ToolRunStatus status) {
        return Optional.ofNullable(status.result())
                .filter(result -> status.attempts().getLast().podUID().equals(result.podUID()));
    }

    /** Whether the newest attempt has said how it ended. */
    public static boolean isTold(ToolRunStatus status) {
        return facts(status).isPresent();
    }

    /**
     * Whether all that a run's end needs is known of its pod. Where the facts are there and the image's digest is not, the end would be written without it, and
     * the digest in a further write. That no node has the pod tells that nothing ran, and so must not be old.
     */
    public static boolean suffices(ToolRunStatus status, Pod pod) {
        PodView view = new PodView(pod);
        return facts(status).isEmpty() ? !view.unbound() : !view.imageId().isEmpty();
    }

    /**
     * SIGKILL may be the tool's own doing, or the kernel's for want of memory; a stop that nobody here wished was the kubelet's, for a reason of its own. In
     * both cases only the kubelet knows, and it speaks a little later.
     */
    private Observation told(Result facts, Optional<PodView> pod, Reason loss, Optional<Reason> wish, Instant now) {
        String imageId = pod.map(PodView::imageId).orElse("");
        boolean killed =
                facts.outcome() == Outcome.Signaled && Integer.valueOf(SIGKILL).equals(facts.signal());
        boolean frozen = facts.outcome() == Outcome.Frozen;
        boolean stopped = frozen || facts.outcome() == Outcome.Stopped;
        Instant until = PodView.time(facts.finishedAt())
                .map(at -> at.plus(bounds.word()))
                .orElse(now);
        boolean silent = pod.filter(PodView::goesOn).isPresent();
        // The gateway's order is on record, and stays true when the wish behind it is withdrawn.
        Optional<Reason> ordered = ordered(facts).or(() -> frozen ? Optional.of(Reason.Quarantined) : wish);
        if ((killed || stopped && ordered.isEmpty()) && silent && now.isBefore(until)) {
            return new Underway(false, Optional.empty(), imageId, until);
        }
        boolean outOfMemory = killed && pod.filter(PodView::outOfMemory).isPresent();
        Optional<Reason> why = outOfMemory
                ? Optional.of(Reason.OutOfMemory)
                : Optional.of(ordered.orElseGet(
                                () -> pod.map(Observer::kubelets).orElse(loss)))
                        .filter(reason -> stopped);
        return new Observation.Told(why, imageId);
    }

    /** A word of another version is no reason here. */
    private static Optional<Reason> ordered(Result facts) {
        return Stream.of(Reason.values())
                .filter(reason -> reason.name().equals(facts.stopReason()))
                .findFirst();
    }

    /** Why the kubelet stopped a pod that nobody here wished stopped. */
    private static Reason kubelets(PodView pod) {
        if (pod.reason().equals(Reason.DeadlineExceeded.name())) {
            return Reason.DeadlineExceeded;
        }
        if (pod.evicted()) {
            return Reason.Evicted;
        }
        return pod.deleted().isEmpty() ? Reason.SupervisorLost : Reason.PodDeleted;
    }

    /** Why a pod is gone, where that is so. Once it is written down it stays: whoever looks later may not have seen the pod. */
    private static Reason lossOf(ToolRunStatus status, boolean evicted) {
        return writtenLoss(status)
                .map(condition -> Reason.valueOf(condition.getReason()))
                .orElse(evicted ? Reason.Evicted : Reason.PodDeleted);
    }

    private static Optional<Condition> writtenLoss(ToolRunStatus status) {
        return RunStory.condition(status, ConditionType.SandboxReady).filter(c -> GONE.contains(c.getReason()));
    }

    /** Looks once more at a run that has ended, for the digest of its image. */
    public Observation settle(ToolRunStatus status, Optional<Pod> pod, Instant ended, Instant now) {
        String imageId = pod.filter(p -> p.getMetadata()
                        .getUid()
                        .equals(status.attempts().getLast().podUID()))
                .map(p -> new PodView(p).imageId())
                .orElse("");
        Instant until = ended.plus(bounds.settle());
        return imageId.isEmpty() && pod.isPresent() && now.isBefore(until)
                ? new Underway(false, Optional.empty(), "", until)
                : new Observation.Settled(imageId);
    }

    /**
     * When a pod that may be there for longer must be over unless it was frozen: there the kubelet's deadline is no backstop, so somebody else has to be; empty where the kubelet's is.
     */
    public static Optional<Instant> deadline(ToolRunStatus status, Optional<Pod> pod) {
        return RunStory.kept(status).isZero()
                ? Optional.empty()
                : pod.map(PodView::new)
                        .flatMap(view -> view.accepted()
                                .map(at ->
                                        at.plusSeconds(view.deadlineSeconds()).minus(RunStory.kept(status))));
    }

    /**
     * Whether such a pod must be over now. That is on record before it is deleted for it, and stays true when the pod is gone: else somebody would seem to have
     * deleted it.
     */
    public static Optional<Reason> overdue(ToolRunStatus status, Optional<Pod> pod, Instant now) {
        return isOnRecordAsOverdue(status)
                        || deadline(status, pod).filter(at -> !at.isAfter(now)).isPresent()
                ? Optional.of(Reason.DeadlineExceeded)
                : Optional.empty();
    }

    /** Whether that its time is over is on record of an attempt that has not ended. */
    public static boolean isOnRecordAsOverdue(ToolRunStatus status) {
        return status.attempts().getLast().finishedAt() == null
                && RunStory.condition(status, ConditionType.SandboxReady, Reason.DeadlineExceeded)
                        .isPresent();
    }

    private Observation present(PodView pod, ToolRunStatus status, Optional<Reason> wish, Instant now) {
        Optional<Observation> ended = ContainerEnd.of(pod, wish, bounds, now);
        if (ended.isPresent()) {
            return ended.get();
        }
        Instant silence = pod.accepted()
                .orElse(pod.created().plus(bounds.unscheduled()))
                .plusSeconds(pod.deadlineSeconds())
                .minus(RunStory.kept(status))
                .plus(bounds.silence());
        Instant vanishing = pod.deleted().map(at -> at.plus(bounds.silence())).orElse(silence);
        Instant last = vanishing.isBefore(silence) ? vanishing : silence;
        if (!now.isBefore(last)) {
            // The kubelet's last word is old: a container that it had not started then may run now.
            return new Lost(
                    wish.orElse(Reason.NodeLost),
                    "the kubelet kept neither the pod's deadline nor its deletion; the node may be lost, and the tool may still run there",
                    pod.begun() == Started.Yes ? Started.Yes : Started.NotKnown,
                    pod.imageId());
        }
        if (pod.started().isPresent()) {
            return running(pod, last, now);
        }
        return isHandedOut(status) && pod.scheduled().isPresent()
                ? new Underway(false, Optional.empty(), pod.imageId(), last)
                : StartWatch.of(pod, bounds, last, now);
    }

    /** Whether the newest attempt has its job, by what a gateway stored before that left; then its container has started, whatever the kubelet has not said yet. */
    private static boolean isHandedOut(ToolRunStatus status) {
        return status.execution() != null
                && status.attempts()
                        .getLast()
                        .podUID()
                        .equals(status.execution().podUID());
    }

    private Observation running(PodView pod, Instant last, Instant now) {
        Instant told = pod.started().orElseThrow().plus(bounds.running());
        boolean running = !now.isBefore(told);
        return new Underway(running, Optional.empty(), pod.imageId(), running ? last : told);
    }

    /** The pod is gone. Facts may be on their way still, so the loss is first written down, and stands after a while. */
    private Observation gone(ToolRunStatus status, Reason loss, Optional<Reason> wish, Instant now) {
        Started started = status.phase() == Phase.Running ? Started.Yes : Started.NotKnown;
        if (wish.isPresent()) {
            return new Lost(wish.get(), "its pod is gone, and no facts came", started, "");
        }
        Optional<Instant> since = writtenLoss(status).map(c -> Instant.parse(c.getLastTransitionTime()));
        Instant until = since.orElse(now).plus(bounds.facts());
        return now.isBefore(until)
                ? new Underway(false, Optional.of(loss), "", until)
                : new Lost(
                        loss,
                        (loss == Reason.Evicted ? "Kubernetes took its pod away" : "somebody deleted its pod")
                                + ", and no facts came",
                        started,
                        "");
    }

    static Lost lost(PodView pod, Reason reason, String message) {
        return new Lost(reason, message, pod.begun(), pod.imageId());
    }
}
