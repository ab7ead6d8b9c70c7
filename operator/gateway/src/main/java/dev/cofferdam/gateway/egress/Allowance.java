package dev.cofferdam.gateway.egress;

import dev.cofferdam.policy.Traffic;
import java.util.EnumMap;
import java.util.Map;

/** What of a run's bounds is used up, over all its tunnels at this replica. Thread-safe. */
final class Allowance {
    /** What is counted. */
    enum Kind {
        connections,
        requests,
        bytesUp,
        bytesDown
    }

    private final Map<Kind, Long> used = new EnumMap<>(Kind.class);
    private Traffic most;

    Allowance(Traffic most) {
        this.most = most;
    }

    /** What was used stays used. */
    synchronized void bound(Traffic now) {
        most = now;
    }

    /** How many of so many are left, which are used up with this. */
    synchronized long take(Kind kind, long count) {
        long before = used.getOrDefault(kind, 0L);
        long taken = Math.clamp(most(kind) - before, 0, count);
        used.put(kind, before + taken);
        return taken;
    }

    synchronized long most(Kind kind) {
        return switch (kind) {
            case connections -> most.connections();
            case requests -> most.requests();
            case bytesUp -> most.bytesUp();
            case bytesDown -> most.bytesDown();
        };
    }
}
