package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Quantity;

/** The bounds in force for each attempt, in base units. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record EffectiveLimits(
        Quantity cpu,
        Quantity memory,
        Long timeoutMillis,
        Integer processes,
        Integer openFiles,
        Integer outputBytes) {
}
