package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** The first run of an idempotency key: the one that was executed. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ReplayOf(
        @JsonPropertyDescription("Name of the run that was executed, in the same namespace.")
        @Required
        @Size(min = 1, max = Bounds.SUBDOMAIN)
        String name,

        @JsonPropertyDescription("UID of that run.") @Required @Size(min = 1, max = Bounds.UID)
        String uid) {}
