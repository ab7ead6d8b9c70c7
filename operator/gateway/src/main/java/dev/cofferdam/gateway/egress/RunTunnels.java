package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.gateway.channel.Surroundings;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.Traffic;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The tunnels of one run, and what is on record of them. Thread-safe. */
final class RunTunnels {
    private static final String CONNECT = "connect";
    private static final String OTHERS = "other attempts";

    private final Claim claim;
    private final Bounds bounds;
    private final Surroundings around;
    private final Allowance allowance;
    private final Set<Tunnel> open = ConcurrentHashMap.newKeySet();
    private final Set<String> revoked = new HashSet<>();
    private final Map<AuditResult, Long> uncounted = new EnumMap<>(AuditResult.class);
    private int recorded;
    private boolean closed;

    /** @param most what may cross, as it is now */
    RunTunnels(Claim claim, Bounds bounds, Surroundings around, Traffic most) {
        this.claim = claim;
        this.allowance = new Allowance(most);
        this.bounds = bounds;
        this.around = around;
    }

    Instant now() {
        return around.clock().instant();
    }

    Claim claim() {
        return claim;
    }

    Allowance allowance() {
        return allowance;
    }

    /** Whether another one fits. */
    synchronized boolean enter(Tunnel tunnel) {
        return !closed && open.size() < bounds.tunnelsOfOneRun() && open.add(tunnel);
    }

    boolean leave(Tunnel tunnel) {
        return open.remove(tunnel);
    }

    /** One attempt, at its end. A flood of them is counted: a run's record must not be all there is on a disk. */
    synchronized void note(String resource, String action, AuditResult result, Map<String, String> detail) {
        if (closed || recorded >= bounds.eventsOfOneRun()) {
            if (!closed) {
                uncounted.merge(result, 1L, Long::sum);
            }
            return;
        }
        recorded++;
        around.note(claim, AuditEventType.NetworkAccess, resource, action, result, detail);
    }

    /** Cuts what is no longer granted, and says once of each rule that it was taken away. */
    void reconsider(Connections now, Floor floor) {
        allowance.bound(now.traffic());
        synchronized (this) {
            for (String rule : now.revoked()) {
                if (!closed && revoked.add(rule)) {
                    around.note(
                            claim,
                            AuditEventType.CapabilityRevoke,
                            rule,
                            "revoke",
                            AuditResult.Denied,
                            Map.of("reason", "PolicyChanged"));
                }
            }
        }
        open.forEach(tunnel -> tunnel.reconsider(now, floor));
    }

    /** Ends everything; what was counted is told. */
    void close() {
        open.forEach(tunnel -> tunnel.cut("the run ended"));
        synchronized (this) {
            if (closed) {
                return;
            }
            uncounted.forEach((result, count) -> around.note(
                    claim,
                    AuditEventType.NetworkAccess,
                    OTHERS,
                    CONNECT,
                    result,
                    new TreeMap<>(Map.of("count", Long.toString(count)))));
            closed = true;
        }
    }
}
