package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;

/** What would have been made for a run that was only decided. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Plan(
        @JsonPropertyDescription("The pod, as YAML.") @Size(max = Bounds.PLANNED)
        String pod,

        @JsonPropertyDescription("The NetworkPolicy of the namespace, which selects the pod, as YAML.")
        @Size(max = Bounds.PLANNED)
        String networkPolicy) {}
