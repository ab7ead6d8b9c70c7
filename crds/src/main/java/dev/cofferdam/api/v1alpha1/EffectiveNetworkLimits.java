package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;

/** What may cross the gateway in one attempt, all its connections together. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record EffectiveNetworkLimits(
        @JsonPropertyDescription("Connections that are let through.") @Min(0)
        Integer connections,

        @JsonPropertyDescription("Requests of HTTP that the gateway can read and lets through.") @Min(0)
        Integer requests,

        @JsonPropertyDescription("Bytes from the tool.") @Min(0)
        Long bytesUp,

        @JsonPropertyDescription("Bytes to the tool.") @Min(0)
        Long bytesDown) {}
