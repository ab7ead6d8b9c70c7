package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** Fact: the tool was started in this pod. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Execution(
        String podUID,
        String startedAt) {
}
