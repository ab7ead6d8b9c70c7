package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A secret that a run was granted: its value is nowhere in this API, only where it is. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GrantedSecret(
        @JsonPropertyDescription(
                "The name by which the run asked for it; the tool finds it as the file /run/secrets/<name>.")
        @Required
        @Size(min = 1, max = Bounds.LABEL)
        String name,

        @JsonPropertyDescription("Name of the Secret that holds its value, in the namespace of the run.")
        @Required
        @Size(min = 1, max = Bounds.SUBDOMAIN)
        String secret,

        @JsonPropertyDescription("Key of its value in the Secret.") @Required @Size(min = 1, max = Bounds.SUBDOMAIN)
        String key) {}
