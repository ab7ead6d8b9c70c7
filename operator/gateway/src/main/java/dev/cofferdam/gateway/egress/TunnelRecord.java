package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.policy.Connections.Verdict;
import dev.cofferdam.policy.Credential;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.record.Quoted;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What is on record of one tunnel. What it has reached is set by the tunnel's event loop; the rest may happen on whatever thread, with the run's lock. */
final class TunnelRecord {
    private static final int WHY_SHOWN_MOST = 256;
    private static final int RULES_SHOWN_MOST = 256;

    private final RunTunnels run;
    private final Optional<Permit> permit;
    private final String resource;
    private final Instant since;

    /** On record for this connection. */
    private final Set<Credential> credited = new HashSet<>();

    private volatile String reached;

    /**
     * @param permit unless it is to lead nowhere
     * @param resource where it is to lead
     */
    TunnelRecord(RunTunnels run, Optional<Permit> permit, String resource) {
        this.run = run;
        this.permit = permit;
        this.resource = resource;
        this.since = run.now();
    }

    static Map<String, String> why(Verdict.Denied denied) {
        return why(denied.codes(), message(denied));
    }

    static String message(Verdict.Denied denied) {
        return denied.reasons().stream()
                .map(DecisionReason::message)
                .findFirst()
                .orElse("");
    }

    static Map<String, String> why(String reason, String message) {
        return new TreeMap<>(Map.of("reason", reason, "message", Quoted.bounded(message, WHY_SHOWN_MOST)));
    }

    String resource() {
        return resource;
    }

    /** There is a connection. */
    void reached(Address address) {
        reached = address.toString();
    }

    boolean hasReached() {
        return reached != null;
    }

    /** A server gets a request with it. Each connection's use is on record. */
    void credited(Credential credential) {
        if (credited.add(credential)) {
            run.noteCredential(credential.name(), Map.of("host", resource, "header", credential.header()));
        }
    }

    /** A byte more would pass than may. */
    void exhausted(Allowance.Kind kind) {
        run.note(
                resource,
                kind == Allowance.Kind.bytesUp ? "send" : "receive",
                AuditResult.Denied,
                run.allowance().exceeded(kind));
    }

    /** The whole of it as one connection. */
    void connection(AuditResult result, Map<String, String> why, long bytesUp, long bytesDown) {
        access(resource, "connect", "tunnel", since, result, why, bytesUp, bytesDown);
    }

    /** One of its requests. */
    void request(String url, Instant begun, AuditResult result, Map<String, String> why, long bytesUp, long bytesDown) {
        access(url, "request", "full", begun, result, why, bytesUp, bytesDown);
    }

    private void access(
            String what,
            String action,
            String visibility,
            Instant begun,
            AuditResult result,
            Map<String, String> why,
            long bytesUp,
            long bytesDown) {
        Map<String, String> detail = new TreeMap<>(why);
        detail.put("bytesUp", Long.toString(bytesUp));
        detail.put("bytesDown", Long.toString(bytesDown));
        long lasted = Duration.between(begun, run.now()).toMillis();
        detail.put("durationMillis", Long.toString(Math.max(0, lasted)));
        detail.put("visibility", visibility);
        if (hasReached()) {
            detail.put("address", reached);
        }
        permit.flatMap(Permit::protocol).ifPresent(known -> detail.put("protocol", known.text()));
        permit.flatMap(Permit::decidedBy).ifPresent(version -> detail.put(RunTunnels.DECIDED_BY, version));
        if (result != AuditResult.Denied) {
            permit.map(Permit::rules)
                    .filter(rules -> !rules.isEmpty())
                    .ifPresent(rules -> detail.put("rule", Quoted.bounded(String.join(", ", rules), RULES_SHOWN_MOST)));
        }
        run.note(what, action, result, detail);
    }
}
