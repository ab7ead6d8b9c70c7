package dev.cofferdam.controller.reconcile;

import dev.cofferdam.record.Newest;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;

/**
 * The versions of objects that this process has replaced itself. What a cache shows lags behind, and a step that is taken again on a version of which we know
 * that it is gone can only fail, after a pod was asked for a second time. Versions are compared for equality only. May forget: the API server refuses a write
 * onto an old version in any case. Thread-safe.
 */
final class OwnWrites {
    /** Of a UID and a version each: a few MiB. */
    private static final int MOST = 10_000;

    private final Map<String, String> replaced;

    OwnWrites() {
        this(MOST);
    }

    OwnWrites(int most) {
        replaced = new Newest<>(most);
    }

    /** Notes a write. One that changed nothing makes no version, and so no event: nobody must wait for it. */
    synchronized void wrote(HasMetadata onto, HasMetadata stored) {
        String before = onto.getMetadata().getResourceVersion();
        if (!before.equals(stored.getMetadata().getResourceVersion())) {
            String uid = onto.getMetadata().getUid();
            replaced.remove(uid);
            replaced.put(uid, before);
        }
    }

    /** Whether what a cache shows was replaced by us since; the newer version is on its way by the watch. */
    synchronized boolean isBehind(HasMetadata seen) {
        return seen.getMetadata()
                .getResourceVersion()
                .equals(replaced.get(seen.getMetadata().getUid()));
    }
}
