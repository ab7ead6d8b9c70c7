package dev.cofferdam.controller.observe;

import dev.cofferdam.controller.observe.Observation.Underway;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** What the time before a container's start means. The kubelet tries again what failed, and on a busy node that helps; so only the bounds end a run. */
final class StartWatch {
    private static final Set<String> PULL_FAILURES = Set.of(
            "ErrImagePull",
            "ImagePullBackOff",
            "ErrImageNeverPull",
            "RegistryUnavailable",
            "ImageInspectError",
            "SignatureValidationFailed");

    /** In characters: it names each kind of hindrance once, with the number of nodes that it is of. */
    private static final int WORD_MOST = 512;

    private StartWatch() {}

    static Observation of(PodView pod, Bounds bounds, Instant last, Instant now) {
        Optional<ContainerStateWaiting> waiting = pod.waiting();
        String reason = waiting.map(ContainerStateWaiting::getReason).orElse("");
        String word = waiting.map(w -> ContainerEnd.said(w.getReason(), w.getMessage()))
                .orElse("");
        if (reason.equals("InvalidImageName")) {
            return Observer.lost(pod, Reason.ImagePullFailed, "the image has no valid name: " + word);
        }
        Instant pull = pod.accepted().orElse(now).plus(bounds.pull());
        if (PULL_FAILURES.contains(reason) && !now.isBefore(pull)) {
            return Observer.lost(pod, Reason.ImagePullFailed, "the image cannot be pulled: " + word);
        }
        // No event tells of the scheduler's word, so it is looked for at this instant, whatever it was before.
        Instant volume = pod.created().plus(bounds.volume());
        if (pod.waitsForVolume() && !now.isBefore(volume)) {
            return Observer.lost(
                    pod,
                    Reason.WorkspaceMissing,
                    "its volume could not be had within " + bounds.volume().toSeconds() + " s: " + pod.unschedulable());
        }
        Instant start = pod.scheduled()
                .map(at -> at.plus(bounds.start()))
                .orElse(pod.created().plus(bounds.unscheduled()));
        if (!now.isBefore(start)) {
            return Observer.lost(pod, Reason.StartTimedOut, notStarted(pod, bounds, word));
        }
        boolean failing = PULL_FAILURES.contains(reason);
        Instant next = pod.hasVolume() && pod.scheduled().isEmpty() && now.isBefore(volume) ? volume : start;
        Optional<String> unplaced = unplaced(pod, bounds, now);
        Instant place = pod.mayBeUnbound() && unplaced.isEmpty() ? placing(pod, bounds, now) : next;
        return new Underway(
                false, Optional.empty(), unplaced, pod.imageId(), earliest(failing ? pull : next, place, last));
    }

    /** Told only with the scheduler's word: one that is busy has said nothing yet, and may find a node in the next moment. */
    private static Optional<String> unplaced(PodView pod, Bounds bounds, Instant now) {
        Duration most = pod.waitsForVolume() ? bounds.volume() : bounds.unscheduled();
        return pod.unbound() && !now.isBefore(pod.created().plus(bounds.placing()))
                ? Optional.of("no node has been found for its pod yet, and the run ends where none is within "
                        + most.toSeconds() + " s of the pod's creation; the scheduler says: " + word(pod))
                : Optional.empty();
    }

    /** When the scheduler's word is looked for next: no event tells of it. */
    private static Instant placing(PodView pod, Bounds bounds, Instant now) {
        Instant first = pod.created().plus(bounds.placing());
        return now.isBefore(first) ? first : now.plus(bounds.placing());
    }

    private static String word(PodView pod) {
        return Quoted.bounded(pod.unschedulable(), WORD_MOST);
    }

    private static String notStarted(PodView pod, Bounds bounds, String word) {
        return pod.scheduled().isPresent()
                ? "the container did not start within " + bounds.start().toSeconds() + " s"
                        + (word.isEmpty() ? "" : ": " + word)
                : "no node was found within " + bounds.unscheduled().toSeconds() + " s; the scheduler "
                        + (pod.unbound() ? "says: " + word(pod) : "has said nothing of the pod");
    }

    private static Instant earliest(Instant one, Instant other, Instant third) {
        Instant first = one.isBefore(other) ? one : other;
        return first.isBefore(third) ? first : third;
    }
}
