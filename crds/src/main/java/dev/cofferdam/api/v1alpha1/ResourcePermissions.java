package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/** How much a run may use. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ResourcePermissions(
        ResourceLimits limits,
        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public ResourcePermissions {
        unknown = unknown == null ? Map.of() : Map.copyOf(unknown);
    }
}
