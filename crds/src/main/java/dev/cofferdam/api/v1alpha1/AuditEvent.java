package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/** One thing that was asked for, and what became of it. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AuditEvent(
        Long seq,
        String timestamp,
        String componentId,
        AuditEventType eventType,
        String resource,
        String action,
        AuditResult result,
        String policyVersion,
        Map<String, String> detail) {
    public AuditEvent {
        detail = detail == null ? Map.of() : Map.copyOf(detail);
    }
}
