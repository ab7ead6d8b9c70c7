package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.gateway.channel.Surroundings;
import dev.cofferdam.gateway.egress.tls.RunAuthority;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.Traffic;
import dev.cofferdam.record.AccessEnd;
import dev.cofferdam.record.AccessReason;
import dev.cofferdam.record.Reason;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The tunnels of one run, and what is on record of them. Thread-safe. */
final class RunTunnels {
    /** Detail of what another version of the policy decided than the one that its line names. */
    static final String DECIDED_BY = "decidedBy";

    private static final String OTHERS = "other attempts";

    private final Claim claim;
    private final Bounds bounds;
    private final Surroundings around;
    private final Allowance allowance;
    private final Backlog backlog;
    private final Supplier<RunAuthority> authorities;
    private RunAuthority authority;
    private final Set<Tunnel> open = ConcurrentHashMap.newKeySet();
    private final Set<String> revoked = new HashSet<>();

    /** Of which all that was taken away is on record. */
    private volatile Connections told;

    private final Map<Kind, Long> counted = new TreeMap<>(
            Comparator.comparing(Kind::type).thenComparing(Kind::action).thenComparing(Kind::result));
    private final Set<String> limitsTold = new HashSet<>();
    private int recorded;
    private int refusals;
    private boolean closed;

    /** Of attempts that are counted. */
    private record Kind(AuditEventType type, String action, AuditResult result) {}

    /**
     * @param most what may cross, as it is now
     * @param backlog of all runs
     * @param authorities makes the run's own
     */
    RunTunnels(
            Claim claim,
            Bounds bounds,
            Surroundings around,
            Traffic most,
            Backlog backlog,
            Supplier<RunAuthority> authorities) {
        this.backlog = new Backlog(bounds.waitingOfOneRun(), Optional.of(backlog));
        this.authorities = authorities;
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

    /** A version of the policy, where it is known and not the one that decided the run. */
    Optional<String> sinceTheClaim(String policyVersion) {
        return Optional.of(policyVersion)
                .filter(version -> !version.isEmpty() && !version.equals(claim.policyVersion()));
    }

    Allowance allowance() {
        return allowance;
    }

    Backlog backlog() {
        return backlog;
    }

    /** By which the tool is shown certificates. Made when it is first needed. */
    synchronized RunAuthority authority() {
        if (authority == null) {
            authority = authorities.get();
        }
        return authority;
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
        note(AuditEventType.NetworkAccess, resource, action, result, detail);
    }

    /** A credential of the admin's is used. */
    synchronized void noteCredential(String name, Map<String, String> detail) {
        note(AuditEventType.SecretAccess, name, "inject", AuditResult.Allowed, detail);
    }

    private void note(
            AuditEventType type, String resource, String action, AuditResult result, Map<String, String> detail) {
        if (closed) {
            return;
        }
        if (isToldOneByOne(action, result, detail)) {
            around.note(claim, type, resource, action, result, detail);
        } else {
            counted.merge(new Kind(type, action, result), 1L, Long::sum);
        }
    }

    private boolean isToldOneByOne(String action, AuditResult result, Map<String, String> detail) {
        if (AccessReason.NetworkLimitReached.name().equals(detail.get("reason"))
                && limitsTold.add(detail.getOrDefault("limit", action))) {
            // By default a run's limits are as high as what is told: the first of each is never one of many.
            return true;
        }
        if (recorded < bounds.eventsOfOneRun()) {
            recorded++;
            return true;
        }
        if (result != AuditResult.Allowed && refusals < bounds.refusalsOfOneRun()) {
            refusals++;
            return true;
        }
        return false;
    }

    /** Cuts what is no longer granted, and says so. */
    void reconsider(Connections now, Floor floor) {
        tellRevoked(now);
        open.forEach(tunnel -> tunnel.reconsider(now, floor));
        // What was revoked is on record as that, and not as what a limit came to.
        allowance.bound(now.traffic());
    }

    /** Says once of each rule that it was taken away: before anything is on record that is decided without it, whoever learns of it first. */
    void tellRevoked(Connections now) {
        if (now == told) {
            return;
        }
        Map<String, String> why = new TreeMap<>(Map.of("reason", Reason.PolicyChanged.name()));
        sinceTheClaim(now.policyVersion()).ifPresent(version -> why.put(DECIDED_BY, version));
        synchronized (this) {
            for (String rule : now.revoked()) {
                if (!closed && revoked.add(rule)) {
                    around.note(claim, AuditEventType.CapabilityRevoke, rule, "revoke", AuditResult.Denied, why);
                }
            }
            told = now;
        }
    }

    /** This replica is told to stop, and the run goes on by another one. */
    void leave() {
        open.forEach(Tunnel::leave);
        tellCounted(kind -> true);
    }

    /**
     * Ends everything; what was counted is told.
     *
     * @return whether anything was open
     */
    boolean close() {
        // One that is over may have something to send yet.
        List<Tunnel> cut = open.stream().filter(tunnel -> !tunnel.isOver()).toList();
        cut.forEach(tunnel -> tunnel.cut(AccessEnd.RunEnded));
        synchronized (this) {
            tellCounted(kind -> true);
            closed = true;
        }
        return !cut.isEmpty();
    }

    /** Tells what was denied and only counted so far. What passed can wait for the end. */
    void tally() {
        tellCounted(kind -> kind.result() == AuditResult.Denied);
    }

    private synchronized void tellCounted(Predicate<Kind> which) {
        if (closed) {
            return;
        }
        counted.forEach((kind, count) -> {
            if (which.test(kind)) {
                around.note(
                        claim,
                        kind.type(),
                        OTHERS,
                        kind.action(),
                        kind.result(),
                        Map.of("count", Long.toString(count)));
            }
        });
        counted.keySet().removeIf(which);
    }
}
