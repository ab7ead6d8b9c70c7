package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** Why the run did not succeed, for programs. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RunError(
        ErrorType type,
        ErrorKind kind,
        String message,
        String resource,
        Integer exitCode,
        Boolean retryable) {
}
