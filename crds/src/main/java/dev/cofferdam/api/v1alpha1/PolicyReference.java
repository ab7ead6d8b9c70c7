package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** The policy, in the run's own namespace, that decides this run. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PolicyReference(
        @JsonPropertyDescription(
                "Name of a SandboxPolicy in the namespace of the run, at most 52 characters. A policy of that name that does not exist denies "
                        + "the run.")
        @Required
        @Size(min = 1, max = Bounds.NAME)
        @Pattern(Bounds.SUBDOMAIN_FORM)
        String name) {}
