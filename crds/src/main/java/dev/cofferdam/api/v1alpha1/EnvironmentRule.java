package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Map;

/** One environment variable, by its exact name. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record EnvironmentRule(
        @JsonPropertyDescription(
                "Exact name of the variable, case-sensitive: letters, digits and underscores, not starting with a digit, at most 256 "
                        + "characters. No wildcards.")
        @Required
        @Size(min = 1, max = Bounds.ENV_NAME)
        @Pattern(Bounds.ENV_NAME_FORM)
        String key,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public EnvironmentRule {
        unknown = Stored.unknown(unknown);
    }
}
