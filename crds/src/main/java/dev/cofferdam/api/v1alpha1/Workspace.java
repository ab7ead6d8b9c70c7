package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** The directory /workspace of a run. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Workspace(
        @JsonPropertyDescription(
                "The files that /workspace begins with. What of them the tool sees, and what it may change, the policy says under "
                        + "spec.permissions.storage. Empty or absent: none. Immutable.")
        WorkspaceSource source) {}
