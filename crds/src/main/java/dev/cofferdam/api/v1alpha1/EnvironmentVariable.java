package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** A variable that the tool gets, if the policy grants its name. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record EnvironmentVariable(
        String name,
        String value) {
}
