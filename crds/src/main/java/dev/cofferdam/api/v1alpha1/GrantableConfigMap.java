package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Map;

/** A ConfigMap that runs may name. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GrantableConfigMap(
        @JsonPropertyDescription("Name of the ConfigMap, in the namespace of the policy.")
        @Required
        @Size(min = 1, max = Bounds.SUBDOMAIN)
        @Pattern(Bounds.SUBDOMAIN_FORM)
        String name,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public GrantableConfigMap {
        unknown = Stored.unknown(unknown);
    }
}
