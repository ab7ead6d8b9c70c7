package dev.cofferdam.controller.reconcile;

import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.record.Newest;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Set;

/** Pods that are gone and that were evicted, by their UIDs. The last event of a pod alone tells that. May forget: then it seems that somebody deleted the pod. Thread-safe. */
final class EvictedPods {
    private static final int MOST = 10_000;

    private final Set<String> gone = Newest.set(MOST);

    /** @param last as the pod was when it went */
    synchronized void saw(Pod last) {
        if (Observer.isEvicted(last)) {
            gone.add(last.getMetadata().getUid());
        }
    }

    synchronized boolean has(String uid) {
        return gone.contains(uid);
    }
}
