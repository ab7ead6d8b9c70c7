package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;

/** Which environment variables a run may set. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record EnvironmentPermissions(
        List<EnvironmentRule> allow,
        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public EnvironmentPermissions {
        allow = allow == null ? List.of() : List.copyOf(allow);
        unknown = unknown == null ? Map.of() : Map.copyOf(unknown);
    }
}
