package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;

/** Which environment variables a run may set. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record EnvironmentPermissions(
        @JsonPropertyDescription(
                "The variables that runs may set, by exact name. At most 256. Empty or absent: none, and a run that sets one is denied.")
        @Size(max = Bounds.ENV_RULES)
        List<EnvironmentRule> allow,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public EnvironmentPermissions {
        allow = Stored.list(allow);
        unknown = Stored.unknown(unknown);
    }
}
