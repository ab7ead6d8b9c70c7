package dev.cofferdam.record;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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

    /** Longest resource and longest value of a detail, in characters, as the schema has it. */
    public static final int TEXT_MOST = 1024;

    public static AuditChain start(String source, String runUid, String componentId, String policyVersion) {
        return new AuditChain(
                runUid, componentId, policyVersion, new AuditSource(source, List.of(), 0L, 0L, 0L, 0L, ""));
    }

    /** The chain that goes on where a stored one ends. Counts that are absent there are 0. */
    public static AuditChain resume(String runUid, String componentId, String policyVersion, AuditSource stored) {
        return new AuditChain(
                runUid,
                componentId,
                policyVersion,
                new AuditSource(
                        stored.source(),
                        stored.events(),
                        count(stored.total()),
                        count(stored.allowed()),
                        count(stored.denied()),
                        count(stored.dropped()),
                        stored.head() == null ? "" : stored.head()));
    }

    /** The chain with one more event at its end. Resource and details are quoted where they are not plain, and cut at {@value #TEXT_MOST} characters. */
    public AuditChain append(
            Instant time,
            AuditEventType type,
            String resource,
            String action,
            AuditResult result,
            Map<String, String> detail) {
        AuditEvent event = new AuditEvent(
                state.total() + 1,
                time.toString(),
                componentId,
                type,
                Quoted.bounded(resource, TEXT_MOST),
                action,
                result,
                policyVersion,
                bounded(detail));
        List<AuditEvent> events = new ArrayList<>(state.events());
        events.add(event);
        int over = Math.max(0, events.size() - KEPT_EVENTS);
        return with(new AuditSource(
                state.source(),
                events.subList(over, events.size()),
                state.total() + 1,
                state.allowed() + (result == AuditResult.Allowed ? 1 : 0),
                state.denied() + (result == AuditResult.Denied ? 1 : 0),
                state.dropped() + over,
                hash(state.head(), event, runUid, state.source())));
    }

    /** The chain without the oldest kept events that are over a budget of JSON-escaped bytes. Counts and head stay exact. */
    public AuditChain within(int bytes) {
        List<AuditEvent> events = state.events();
        long size = Budgets.bytes(state);
        int over = 0;
        while (size > bytes && over < events.size()) {
            size -= Budgets.bytes(events.get(over));
            over++;
        }
        return over == 0
                ? this
                : with(new AuditSource(
                        state.source(),
                        events.subList(over, events.size()),
                        state.total(),
                        state.allowed(),
                        state.denied(),
                        state.dropped() + over,
                        state.head()));
    }

    /** The newest event; the chain must not be empty. */
    public AuditEvent last() {
        return state.events().getLast();
    }

    /** The newest event as a line of the stream, with the hash that covers it and all before it; the chain must not be empty. */
    public String lastLine() {
        return AuditLine.of(last(), runUid, state.source(), state.head());
    }

    /**
     * The lines of the stream for the events of a stored chain, byte by byte as they were written when they happened.
     *
     * @return empty where the object keeps some of the events no more, or its head does not cover what it has
     */
    public static List<String> lines(String runUid, AuditSource stored) {
        List<String> lines = new ArrayList<>();
        String head = "";
        for (AuditEvent event : stored.events()) {
            head = hash(head, event, runUid, stored.source());
            lines.add(AuditLine.of(event, runUid, stored.source(), head));
        }
        return head.equals(stored.head()) ? lines : List.of();
    }

    /** {@code sha256:} and the hash of the head before, a line feed, and the event's line without its hash. */
    static String hash(String head, AuditEvent event, String runUid, String source) {
        return Digest.of((head == null ? "" : head) + "\n" + AuditLine.covered(event, runUid, source));
    }

    private AuditChain with(AuditSource next) {
        return new AuditChain(runUid, componentId, policyVersion, next);
    }

    private static Map<String, String> bounded(Map<String, String> detail) {
        Map<String, String> bounded = new TreeMap<>();
        detail.forEach((key, value) -> bounded.put(key, Quoted.bounded(value, TEXT_MOST)));
        return bounded;
    }

    private static long count(Long stored) {
        return stored == null ? 0 : stored;
    }
}
