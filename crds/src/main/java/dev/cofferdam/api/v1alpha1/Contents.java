package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;

/** Fact: the content of what a run changed, as a gateway keeps it until it is committed. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Contents(
        @JsonPropertyDescription("Digest of all of it together: 64 hexadecimal digits.") @Size(max = Bounds.HASH)
        String sha256,

        @JsonPropertyDescription("Bytes of all of it together.") @Min(0)
        Long bytes,

        @JsonPropertyDescription(
                "Until when the gateway keeps it, RFC 3339. What is not committed by then cannot be committed any more.")
        @Size(max = Bounds.TIME)
        String expiresAt) {}
