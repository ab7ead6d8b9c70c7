package dev.cofferdam.controller.observe;

import java.time.Instant;

/**
 * What a pod is good for that was made for an attempt, and that no claim names. It was given no job, so nothing ran in it, whatever became of it since: that is known without a word of the
 * sandbox's own, and another pod may take its place.
 */
public enum Unclaimed {
    /** It may be claimed. */
    Fresh,
    /** It is of no use: it has ended, is going, or has waited for so long that its supervisor may give up as it is claimed. */
    Spent,
    /** It is of no use, and should be gone by now: its node may be lost. */
    Stuck;

    private static final int PART_OF_PATIENCE = 2;

    static Unclaimed of(PodView pod, Bounds bounds, Instant now) {
        if (pod.deleted().isPresent()) {
            return now.isBefore(pod.deleted().get().plus(bounds.silence())) ? Spent : Stuck;
        }
        boolean tired = pod.started()
                .map(at -> at.plus(bounds.patience().dividedBy(PART_OF_PATIENCE)))
                .filter(late -> !now.isBefore(late))
                .isPresent();
        return tired || pod.terminated().isPresent() || pod.ended() ? Spent : Fresh;
    }
}
