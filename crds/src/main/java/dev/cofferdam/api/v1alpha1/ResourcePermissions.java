package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Map;

/** How much a run may use. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ResourcePermissions(
        @JsonPropertyDescription(
                "Upper bounds of one attempt of a run. Each absent bound has its default; there is no unlimited.")
        ResourceLimits limits,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public ResourcePermissions {
        unknown = Stored.unknown(unknown);
    }
}
