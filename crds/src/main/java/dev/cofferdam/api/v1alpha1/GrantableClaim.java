package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Map;

/** A volume that runs may name. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GrantableClaim(
        @JsonPropertyDescription("Name of the PersistentVolumeClaim, in the namespace of the policy.")
        @Required
        @Size(min = 1, max = Bounds.SUBDOMAIN)
        @Pattern(Bounds.SUBDOMAIN_FORM)
        String claimName,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public GrantableClaim {
        unknown = Stored.unknown(unknown);
    }
}
