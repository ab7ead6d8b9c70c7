package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** One pod that was claimed for this run. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Attempt(
        Integer number,
        String podName,
        String podUID,
        String finishedAt,
        String reason) {
}
