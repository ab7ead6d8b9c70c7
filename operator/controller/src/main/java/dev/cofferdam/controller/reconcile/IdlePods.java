package dev.cofferdam.controller.reconcile;

import dev.cofferdam.record.Newest;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Pods whose program had not started when this process saw them last, by their UIDs. May forget: then one that is gone may have run. Thread-safe. */
final class IdlePods {
    private static final int MOST = 10_000;

    /** @param started whether it had, then or before: a kubelet may take back what it said of containers */
    private record Sight(boolean started, Instant at) {}

    private final Map<String, Sight> seen = new Newest<>(MOST);

    synchronized void saw(Pod pod, boolean started, Instant now) {
        seen.merge(
                pod.getMetadata().getUid(),
                new Sight(started, now),
                (before, last) -> new Sight(before.started() || last.started(), last.at()));
    }

    /** Empty where the pod has started, or was never seen. */
    synchronized Optional<Instant> lastSeen(String uid) {
        return Optional.ofNullable(seen.get(uid))
                .filter(sight -> !sight.started())
                .map(Sight::at);
    }
}
