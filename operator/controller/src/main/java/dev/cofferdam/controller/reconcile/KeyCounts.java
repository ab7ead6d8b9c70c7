package dev.cofferdam.controller.reconcile;

import dev.cofferdam.controller.plan.KeyLease;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many idempotency keys each namespace has. Counted once for each namespace, and kept by the one replica that makes and removes them; at the bound it is
 * counted again from time to time. Whoever comes while somebody counts goes by what is known, so that a namespace with many Leases keeps no other one waiting.
 * Thread-safe.
 */
public final class KeyCounts {
    private static final long PAGE = 500;

    /** How often a namespace that has as many as it may have is counted again at most: who is refused meanwhile is refused by a count of a moment ago. */
    private static final Duration PACE = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final int most;
    private final Map<String, Count> counts = new ConcurrentHashMap<>();

    /** @param most of one namespace */
    public KeyCounts(KubernetesClient client, int most) {
        this.client = client;
        this.most = most;
    }

    /** Takes room for one more, where there is any. */
    boolean take(String namespace, Instant now) {
        Count count = counts.computeIfAbsent(namespace, name -> new Count());
        if (count.begins(most, now)) {
            try {
                count.is(count(namespace));
            } finally {
                count.over();
            }
        }
        return count.take(most);
    }

    void giveBack(String namespace) {
        counts.computeIfPresent(namespace, (name, count) -> count.giveBack());
    }

    /** Only Leases that are keys: the label alone may be anybody's. Above the bound it does not matter how many there are. */
    private int count(String namespace) {
        return (int) Pages.of(client.leases().inNamespace(namespace).withLabel(Names.KEY_LABEL), PAGE)
                .filter(lease -> KeyLease.key(lease).isPresent())
                .limit(most)
                .count();
    }

    /** Of one namespace; nobody holds it while they ask the API server. */
    private static final class Count {
        private Instant due = Instant.MIN;
        private boolean known;
        private boolean running;
        private int keys;

        synchronized boolean begins(int most, Instant now) {
            if (running || known && keys < most || now.isBefore(due)) {
                return false;
            }
            running = true;
            due = known ? now.plus(PACE) : due;
            return true;
        }

        synchronized void is(int counted) {
            keys = counted;
            known = true;
        }

        synchronized void over() {
            running = false;
        }

        synchronized boolean take(int most) {
            if (keys >= most) {
                return false;
            }
            keys++;
            return true;
        }

        synchronized Count giveBack() {
            keys = Math.max(0, keys - 1);
            return this;
        }
    }
}
