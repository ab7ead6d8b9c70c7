package dev.cofferdam.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * An audit event as one line of JSON, with the snake_case names that collectors of such streams expect. ASCII, escaped: no line feed, no control byte and
 * nothing that turns the direction of text inside.
 */
public final class AuditLine {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private AuditLine() {}

    /** @param hash of the chain with this event at its end; the line's last key, so that whoever reads the line can take it off and count it again */
    static String of(AuditEvent event, String runUid, String source, String hash) {
        Map<String, Object> line = fields(event, runUid, source);
        line.put("hash", hash);
        return write(line);
    }

    /** What a chain's hash covers: the line without it. */
    static String covered(AuditEvent event, String runUid, String source) {
        return write(fields(event, runUid, source));
    }

    private static Map<String, Object> fields(AuditEvent event, String runUid, String source) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("timestamp", event.timestamp());
        line.put("component_id", event.componentId());
        line.put("event_type", event.eventType());
        line.put("resource", event.resource());
        line.put("action", event.action());
        line.put("result", event.result());
        line.put("policy_version", event.policyVersion());
        line.put("run_uid", runUid);
        line.put("source", source);
        line.put("seq", event.seq());
        if (!event.detail().isEmpty()) {
            line.put("detail", new TreeMap<>(event.detail()));
        }
        return line;
    }

    /** A violation by somebody who is of no run that could be told: a line of the stream and of no chain, without {@code seq}, {@code run_uid} and hash. */
    public static String refused(Instant time, String resource, String action, Map<String, String> detail) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("timestamp", time.toString());
        line.put("event_type", AuditEventType.PolicyViolation);
        line.put("resource", resource);
        line.put("action", action);
        line.put("result", AuditResult.Denied);
        line.put("detail", new TreeMap<>(detail));
        return write(line);
    }

    private static String write(Map<String, Object> line) {
        try {
            return JSON.writeValueAsString(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings, numbers and enums always serialise", e);
        }
    }
}
