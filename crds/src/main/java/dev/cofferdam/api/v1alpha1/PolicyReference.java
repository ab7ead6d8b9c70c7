package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** The policy, in the run's own namespace, that decides this run. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PolicyReference(
        String name) {
}
