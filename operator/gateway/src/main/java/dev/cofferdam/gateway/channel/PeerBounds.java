package dev.cofferdam.gateway.channel;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many connections there may be, in all and from one address: one sandbox cannot take what belongs to all. Thread-safe. */
final class PeerBounds {
    private final int most;
    private final int mostOfOne;
    private final Map<String, Integer> connections = new ConcurrentHashMap<>();
    private int total;

    PeerBounds(int most, int mostOfOne) {
        this.most = most;
        this.mostOfOne = mostOfOne;
    }

    /** Whether another connection fits; if so, it is counted until {@link #leave}. */
    synchronized boolean enter(String peer) {
        int ofOne = connections.getOrDefault(peer, 0);
        if (total >= most || ofOne >= mostOfOne) {
            return false;
        }
        total++;
        connections.put(peer, ofOne + 1);
        return true;
    }

    synchronized void leave(String peer) {
        total--;
        connections.computeIfPresent(peer, (key, count) -> count > 1 ? count - 1 : null);
    }
}
