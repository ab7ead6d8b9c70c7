package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Which alert has stopped a tool, or the whole policy. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AlertStop(
        @JsonPropertyDescription("Name of the alert.") @Required @Size(min = 1, max = Bounds.LABEL)
        String alert,

        @JsonPropertyDescription(
                "Name of that firing. Somebody with the verb resume has what it stopped run again by putting it into the annotation cofferdam.dev/resume of the "
                        + "policy.")
        @Required
        @Size(min = 1, max = Bounds.WORD)
        String firing,

        @JsonPropertyDescription("When it fired, RFC 3339.") @Required @Size(max = Bounds.TIME)
        String at) {}
