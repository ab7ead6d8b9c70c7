package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;

/** What may cross the gateway in one attempt, all its connections together. An absent bound has the default that its description names. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NetworkLimits(
        @JsonPropertyDescription(
                "Connections that are let through: 1 to 1000000. Default 4096. The next one is refused, and on record as NetworkLimitReached.")
        @Min(1)
        @Max(Bounds.NETWORK_CONNECTIONS_MOST)
        Integer connections,

        @JsonPropertyDescription(
                "Requests of HTTP that the gateway can read and lets through: 1 to 10000000. Default 65536. The next one is refused.")
        @Min(1)
        @Max(Bounds.NETWORK_REQUESTS_MOST)
        Integer requests,

        @JsonPropertyDescription(
                "Bytes from the tool, as a Kubernetes quantity: 1 to 1Ti. Default 1Gi. So many pass; with the next one its connection is cut.")
        @JsonDeserialize(using = AnyQuantity.class)
        @ValidationRule(value = Rules.NETWORK_BYTES, message = "bytesUp must be a quantity between 1 and 1Ti")
        Quantity bytesUp,

        @JsonPropertyDescription(
                "Bytes to the tool, as a Kubernetes quantity: 1 to 1Ti. Default 8Gi. So many pass; with the next one its connection is cut.")
        @JsonDeserialize(using = AnyQuantity.class)
        @ValidationRule(value = Rules.NETWORK_BYTES, message = "bytesDown must be a quantity between 1 and 1Ti")
        Quantity bytesDown,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public NetworkLimits {
        unknown = Stored.unknown(unknown);
    }
}
