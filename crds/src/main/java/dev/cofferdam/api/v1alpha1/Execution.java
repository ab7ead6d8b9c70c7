package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Fact: the tool was started in this pod. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Execution(
        @JsonPropertyDescription("UID of the pod: that of an attempt.") @Required @Size(min = 1, max = Bounds.UID)
        String podUID,

        @JsonPropertyDescription("When the tool was started, RFC 3339.") @Size(max = Bounds.TIME)
        String startedAt) {}
