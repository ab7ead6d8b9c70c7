package dev.cofferdam.gateway.egress;

import dev.cofferdam.policy.Traffic;
import dev.cofferdam.record.AccessReason;
import java.util.Arrays;
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

    /** Whether one more is left. */
    boolean takes(Kind kind) {
        return take(kind, 1) == 1;
    }

    /** As many of a piece's bytes as are left. */
    byte[] within(Kind kind, byte[] piece) {
        int left = (int) take(kind, piece.length);
        return left == piece.length ? piece : Arrays.copyOf(piece, left);
    }

    /** For the record. */
    Map<String, String> exceeded(Kind kind) {
        return Map.of(
                "reason", AccessReason.NetworkLimitReached.name(), "limit", kind.name(), "message", message(kind));
    }

    String message(Kind kind) {
        return "the run has had its " + most(kind) + " " + kind + ", the most that limits.network allows";
    }

    private synchronized long most(Kind kind) {
        return switch (kind) {
            case connections -> most.connections();
            case requests -> most.requests();
            case bytesUp -> most.bytesUp();
            case bytesDown -> most.bytesDown();
        };
    }
}
