package dev.cofferdam.controller.reconcile;

import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.HashMap;
import java.util.Map;

/**
 * How many idempotency keys each namespace has. Counted once for each namespace, and kept by the one replica that makes and removes them; at the bound it is
 * counted again before anybody is refused. Thread-safe.
 */
public final class KeyCounts {
    private static final long PAGE = 500;

    private final KubernetesClient client;
    private final int most;
    private final Map<String, Integer> counts = new HashMap<>();

    /** @param most of one namespace */
    public KeyCounts(KubernetesClient client, int most) {
        this.client = client;
        this.most = most;
    }

    /** Takes room for one more, where there is any. */
    synchronized boolean take(String namespace) {
        int count = counts.computeIfAbsent(namespace, this::count);
        if (count >= most) {
            count = count(namespace);
        }
        boolean room = count < most;
        counts.put(namespace, room ? count + 1 : count);
        return room;
    }

    synchronized void giveBack(String namespace) {
        counts.computeIfPresent(namespace, (name, count) -> count - 1);
    }

    private int count(String namespace) {
        return (int) Pages.of(client.leases().inNamespace(namespace).withLabel(Names.KEY_LABEL), PAGE)
                .count();
    }
}
