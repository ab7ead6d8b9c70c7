package dev.cofferdam.gateway.egress;

import java.util.HashMap;
import java.util.Map;

/**
 * How many tunnels of a kind are open: of everybody, of each namespace, so that no tenant takes them away from all others, and of each run, so that none
 * does of its own namespace's. Thread-safe.
 */
public final class Shares {
    /** What a namespace has of all, and a run of its namespace's. */
    private static final int SHARE = 4;

    private final int most;
    private final Map<String, Integer> byNamespace = new HashMap<>();
    private final Map<String, Integer> byPod = new HashMap<>();
    private int open;

    /** @param most at one time; a namespace has a quarter of them, and a run a quarter of that */
    Shares(int most) {
        this.most = most;
    }

    /** Whether one more fits; then it has entered. */
    synchronized boolean enter(String namespace, String podUid) {
        int ofAll = most / SHARE;
        if (open >= most
                || byNamespace.getOrDefault(namespace, 0) >= ofAll
                || byPod.getOrDefault(podUid, 0) >= ofAll / SHARE) {
            return false;
        }
        open++;
        byNamespace.merge(namespace, 1, Integer::sum);
        byPod.merge(podUid, 1, Integer::sum);
        return true;
    }

    synchronized void leave(String namespace, String podUid) {
        open--;
        oneLess(byNamespace, namespace);
        oneLess(byPod, podUid);
    }

    synchronized int open() {
        return open;
    }

    private static void oneLess(Map<String, Integer> counts, String key) {
        counts.computeIfPresent(key, (name, own) -> own > 1 ? own - 1 : null);
    }
}
