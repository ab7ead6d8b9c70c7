package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;

/** Where a policy holds, and which tools do not run there. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Stage(
        @JsonPropertyDescription(
                "Name of the stage, as the label cofferdam.dev/stage of the namespace has it: lower-case letters, digits and hyphens, at most "
                        + "63 characters, given once in the policy.")
        @Required
        @Size(min = 1, max = Bounds.LABEL)
        @Pattern(Bounds.LABEL_FORM)
        String name,

        @JsonPropertyDescription(
                "Lifecycles whose tools do not run there: Canary, Experimental, Stable, Deprecated. Empty or absent: all of them run.")
        @Size(max = Bounds.LIFECYCLES)
        List<Lifecycle> deny,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public Stage {
        deny = Stored.list(deny);
        unknown = Stored.unknown(unknown);
    }
}
