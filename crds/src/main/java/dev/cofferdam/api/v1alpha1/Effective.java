package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/** Exactly what the run was granted. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Effective(
        String runtimeClassName,
        List<String> environment,
        EffectiveLimits limits) {
    public Effective {
        environment = environment == null ? List.of() : List.copyOf(environment);
    }
}
