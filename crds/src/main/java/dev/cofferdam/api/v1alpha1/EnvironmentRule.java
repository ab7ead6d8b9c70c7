package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/** One environment variable, by its exact name. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record EnvironmentRule(
        String key,
        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public EnvironmentRule {
        unknown = unknown == null ? Map.of() : Map.copyOf(unknown);
    }
}
