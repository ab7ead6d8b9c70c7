package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import java.util.List;

/**
 * What is to be written.
 *
 * @param status the controller's own fields, all of them, and none of the gateway's
 * @param events of the audit that this status adds
 * @param lines of the audit stream for these events, to be written once it is stored
 * @param ended whether this is the write that ends the run
 */
public record Reduction(ToolRunStatus status, List<AuditEvent> events, List<String> lines, boolean ended) {
    public Reduction {
        events = List.copyOf(events);
        lines = List.copyOf(lines);
    }
}
