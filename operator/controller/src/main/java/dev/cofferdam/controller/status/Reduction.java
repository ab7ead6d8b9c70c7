package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import java.util.List;

/**
 * What is to be written.
 *
 * @param status the controller's own fields, all of them, and none of the gateway's
 * @param lines of the audit stream for the events that this status adds, to be written once it is stored
 * @param ended whether this is the write that ends the run
 */
public record Reduction(ToolRunStatus status, List<String> lines, boolean ended) {
    public Reduction {
        lines = List.copyOf(lines);
    }
}
