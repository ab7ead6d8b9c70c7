package dev.cofferdam.controller.reconcile;

import dev.cofferdam.controller.observe.Observer;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.LinkedHashMap;
import java.util.Map;

/** Pods that are gone and that were evicted, by their UIDs. The last event of a pod alone tells that. May forget: then it seems that somebody deleted the pod. Thread-safe. */
final class EvictedPods {
    private static final int MOST = 10_000;

    private final Map<String, Boolean> gone = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST;
        }
    };

    /** @param last as the pod was when it went */
    synchronized void saw(Pod last) {
        if (Observer.isEvicted(last)) {
            gone.put(last.getMetadata().getUid(), true);
        }
    }

    synchronized boolean has(String uid) {
        return gone.containsKey(uid);
    }
}
