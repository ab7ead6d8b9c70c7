package dev.cofferdam.controller.observe;

import dev.cofferdam.controller.observe.Observation.Underway;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What the end of a pod means where no facts came. */
final class ContainerEnd {
    /** What gVisor's shim reports when the sandbox itself is gone; a supervisor never exits so. */
    private static final int SANDBOX_GONE = 128;

    /** How much later than its end a busy node may tell of it. */
    private static final Duration TOLD_LATE_MOST = Duration.ofMinutes(1);

    private ContainerEnd() {}

    /** Empty while nothing of the pod has ended. */
    static Optional<Observation> of(PodView pod, Optional<Reason> wish, Bounds bounds, Instant now) {
        Optional<ContainerStateTerminated> end = pod.terminated();
        if (end.isEmpty() && !pod.ended()) {
            return Optional.empty();
        }
        // The kubelet says these without doubt, and no facts can come from a sandbox that it killed.
        if (pod.outOfMemory()) {
            return Optional.of(Observer.lost(pod, Reason.OutOfMemory, "the sandbox needed more memory than its limit"));
        }
        Instant until = end.flatMap(e -> PodView.time(e.getFinishedAt()))
                .map(at -> told(at, pod.heard()))
                .map(at -> at.plus(bounds.facts()))
                .orElse(now);
        if (now.isBefore(until)) {
            return Optional.of(new Underway(false, Optional.empty(), pod.imageId(), until));
        }
        return Optional.of(wish.map(reason -> Observer.lost(pod, reason, "its pod was stopped, and no facts came"))
                .orElseGet(() -> byItself(pod, end)));
    }

    /** When the end was told, as far as anybody can say: others write what a pod is, too, and without end. One that was told before it was is of a clock that is ahead. */
    private static Instant told(Instant end, Optional<Instant> heard) {
        Instant latest = end.plus(TOLD_LATE_MOST);
        return heard.map(at -> at.isBefore(latest) ? at : latest).orElse(end);
    }

    private static Observation.Lost byItself(PodView pod, Optional<ContainerStateTerminated> end) {
        String word = said(pod.reason(), pod.message());
        if (pod.reason().equals("DeadlineExceeded")) {
            return Observer.lost(
                    pod, Reason.DeadlineExceeded, "the pod's own deadline ended it, because the supervisor had not");
        }
        if (pod.reason().equals("Evicted")) {
            return Observer.lost(pod, Reason.Evicted, "the node evicted the pod: " + word);
        }
        if (pod.reason().equals("NodeLost")) {
            return Observer.lost(pod, Reason.NodeLost, "the node of the pod is gone: " + word);
        }
        if (pod.disrupted()) {
            String why = pod.reason().isEmpty()
                    ? pod.disruption()
                            .map(told -> said(told.getReason(), told.getMessage()))
                            .orElse(word)
                    : word;
            return Observer.lost(pod, Reason.Evicted, "Kubernetes took the pod away: " + why);
        }
        if (pod.deleted().isPresent()) {
            return Observer.lost(pod, Reason.PodDeleted, "somebody deleted its pod, and no facts came");
        }
        return end.map(e -> exited(pod, e))
                .orElseGet(() -> Observer.lost(pod, Reason.PodRefused, "the kubelet refused the pod: " + word));
    }

    private static Observation.Lost exited(PodView pod, ContainerStateTerminated end) {
        String word = "exit code " + end.getExitCode() + ", " + said(end.getReason(), end.getMessage());
        if (PodView.neverStarted(end)) {
            return Observer.lost(pod, Reason.StartTimedOut, "the container could not be started: " + word);
        }
        if (pod.initFailure().isPresent()) {
            return Observer.lost(pod, Reason.StartTimedOut, "the supervisor could not be copied into the pod: " + word);
        }
        boolean sandboxGone = end.getExitCode() != null && end.getExitCode() == SANDBOX_GONE;
        return sandboxGone
                ? Observer.lost(pod, Reason.SandboxCrashed, "the sandbox itself ended: " + word)
                : Observer.lost(
                        pod,
                        Reason.SupervisorLost,
                        "the supervisor ended without a result that could be stored: " + word);
    }

    static String said(String reason, String message) {
        String why = reason == null || reason.isEmpty() ? "no reason given" : reason;
        return message == null || message.isEmpty() ? why : why + ": " + message;
    }
}
