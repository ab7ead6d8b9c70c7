package dev.cofferdam.gateway.egress;

import java.util.HashMap;
import java.util.Map;

/** How many tunnels whose TLS ends here are open, of everybody and of each namespace, so that no tenant takes them away from all others. Thread-safe. */
public final class InspectedShares {
    private final int most;
    private final Map<String, Integer> byNamespace = new HashMap<>();
    private int open;

    /** @param most at one time; a namespace has a quarter of them */
    InspectedShares(int most) {
        this.most = most;
    }

    /** Whether one more fits; then it has entered. */
    synchronized boolean enter(String namespace) {
        int own = byNamespace.getOrDefault(namespace, 0);
        if (open >= most || own >= most / 4) {
            return false;
        }
        open++;
        byNamespace.put(namespace, own + 1);
        return true;
    }

    synchronized void leave(String namespace) {
        open--;
        byNamespace.computeIfPresent(namespace, (name, own) -> own > 1 ? own - 1 : null);
    }
}
