package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A ConfigMap that a run's workspace begins with. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ConfigMapSource(
        @JsonPropertyDescription(
                "Name of the ConfigMap, in the namespace of the run: each key of it is a file in /workspace. Where it is not there, or empty, nothing "
                        + "runs.")
        @Required
        @Size(min = 1, max = Bounds.SUBDOMAIN)
        @Pattern(Bounds.SUBDOMAIN_FORM)
        String name) {}
