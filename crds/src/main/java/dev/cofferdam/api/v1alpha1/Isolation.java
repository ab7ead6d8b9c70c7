package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** How the tools are kept apart from the node. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Isolation(
        String runtimeClassName,
        IsolationMode mode) {
}
