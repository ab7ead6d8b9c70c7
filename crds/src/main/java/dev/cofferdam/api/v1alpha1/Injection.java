package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.Map;

/** A credential that the gateway adds to requests, and the tool never has. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Injection(
        @JsonPropertyDescription(
                "Name of a credential that the cluster's admin has given to the gateway, and declared for this namespace, host and header.")
        @Size(min = 1, max = Bounds.LABEL)
        String credential,

        @JsonPropertyDescription("The field of the request's head that it is added as. Absent: Authorization.")
        @Size(min = 1, max = Bounds.LABEL)
        String header,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public Injection {
        unknown = Stored.unknown(unknown);
    }
}
