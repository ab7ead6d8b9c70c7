package dev.cofferdam.e2e;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.ToolRun;
import java.util.List;

/** What a run keeps of the events that gateways saw. */
final class GatewayEvents {
    private GatewayEvents() {}

    static List<AuditEvent> of(ToolRun run, AuditEventType type, AuditResult result) {
        return run.getStatus().audit().sources().stream()
                .filter(source -> source.source().startsWith("gateway/"))
                .flatMap(source -> source.events().stream())
                .filter(event -> event.eventType() == type && event.result() == result)
                .toList();
    }
}
