package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** One reason: which rule said no, to what, and what to change. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DecisionReason(
        String code,
        String resource,
        String message) {
}
