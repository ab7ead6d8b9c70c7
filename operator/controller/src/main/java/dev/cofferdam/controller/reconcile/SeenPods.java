package dev.cofferdam.controller.reconcile;

import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.record.Newest;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.Collections;
import java.util.Set;

/**
 * The pods that the loop sees. Of one that goes it is known whether it was evicted, and before anybody can find it gone: informers tell of that later, from a thread of their own, and a step that
 * looks in between would take it for deleted by somebody. May forget: then it seems so. Thread-safe.
 */
final class SeenPods extends BasicItemStore<Pod> {
    private static final int MOST = 10_000;

    private final Set<String> evicted = Collections.synchronizedSet(Newest.set(MOST));

    SeenPods() {
        super(Cache::metaNamespaceKeyFunc);
    }

    @Override
    public Pod remove(String key) {
        Pod last = get(key);
        if (last != null && Observer.isEvicted(last)) {
            evicted.add(last.getMetadata().getUid());
        }
        return super.remove(key);
    }

    /** Whether a pod of that UID was evicted, by the last that was seen of it; it may be there still. */
    boolean wasEvicted(String namespace, String name, String uid) {
        Pod seen = get(Cache.namespaceKeyFunc(namespace, name));
        return seen != null && seen.getMetadata().getUid().equals(uid) && Observer.isEvicted(seen)
                || evicted.contains(uid);
    }
}
