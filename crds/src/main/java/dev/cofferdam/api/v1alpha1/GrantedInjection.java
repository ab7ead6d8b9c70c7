package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;

/** A credential that the gateway adds to requests. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GrantedInjection(
        @JsonPropertyDescription("Name of the credential.") @Size(max = Bounds.LABEL)
        String credential,

        @JsonPropertyDescription("The field of the request's head.") @Size(max = Bounds.LABEL)
        String header) {}
