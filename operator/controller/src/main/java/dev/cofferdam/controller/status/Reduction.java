package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import java.util.List;

/**
 * What is to be written.
 *
 * @param status the controller's own fields, all of them, and none of the gateway's
 * @param fresh the audit events that this status adds, for the log once it is stored
 * @param ended whether this is the write that ends the run
 */
public record Reduction(ToolRunStatus status, List<AuditEvent> fresh, boolean ended) {
    public Reduction {
        fresh = List.copyOf(fresh);
    }
}
