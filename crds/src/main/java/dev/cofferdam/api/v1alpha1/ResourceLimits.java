package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;

/** Upper bounds of one attempt of a run. An absent bound has the default that its description names; there is no unlimited. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ResourceLimits(
        Quantity cpu,
        Quantity memory,
        String timeout,
        Integer processes,
        Integer openFiles,
        Integer outputBytes,
        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public ResourceLimits {
        unknown = unknown == null ? Map.of() : Map.copyOf(unknown);
    }
}
