package dev.cofferdam.record;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The audit events of one run that one source saw: gapless sequence numbers from 1, exact counts, and a hash that covers each event and the hash before it, so
 * that an event cannot be left out unnoticed. Immutable.
 *
 * @param runUid the run
 * @param componentId {@code <policy>/<tool>}
 * @param policyVersion the policy version that decided
 * @param state what the API object stores; holds the newest {@value #KEPT_EVENTS} events
 */
public record AuditChain(String runUid, String componentId, String policyVersion, AuditSource state) {
    /** How many of the newest events the object keeps; the full stream is in the log of the part that saw it. */
    public static final int KEPT_EVENTS = 100;

    public static AuditChain start(String source, String runUid, String componentId, String policyVersion) {
        return new AuditChain(runUid, componentId, policyVersion, new AuditSource(source, List.of(), 0L, 0L, 0L, 0L, ""));
    }

    /** The chain with one more event at its end. */
    public AuditChain append(
            Instant time, AuditEventType type, String resource, String action, AuditResult result, Map<String, String> detail) {
        AuditEvent event = new AuditEvent(
                state.total() + 1, time.toString(), componentId, type, resource, action, result, policyVersion, detail);
        List<AuditEvent> events = new ArrayList<>(state.events());
        events.add(event);
        long over = Math.max(0, events.size() - KEPT_EVENTS);
        return new AuditChain(
                runUid,
                componentId,
                policyVersion,
                new AuditSource(
                        state.source(),
                        events.subList((int) over, events.size()),
                        state.total() + 1,
                        state.allowed() + (result == AuditResult.Allowed ? 1 : 0),
                        state.denied() + (result == AuditResult.Denied ? 1 : 0),
                        state.dropped() + over,
                        hash(state.head(), event)));
    }

    /** The newest event; the chain must not be empty. */
    public AuditEvent last() {
        return state.events().getLast();
    }

    /** {@code sha256:} and the hash of the head before, a line feed, and the event as it stands in the log. */
    private String hash(String head, AuditEvent event) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(((head == null ? "" : head) + "\n" + AuditLine.of(event, runUid)).getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
