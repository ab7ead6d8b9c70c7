package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** When a tool is given a rest whose runs fail for want of the infrastructure. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record CircuitBreaker(
        @JsonPropertyDescription(
                "So many runs of one tool that the infrastructure failed (error.kind Infrastructure, after a pod was claimed) within the window open its "
                        + "circuit: runs of it are denied as CircuitOpen until the pause is over. 1 to 100. Absent: never.")
        @Min(1)
        @Max(Bounds.CIRCUIT_MOST)
        Integer failures,

        @JsonPropertyDescription("The time in which they count: 1s to 1h, like 30s or 5m. Default 5m.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(value = Rules.CIRCUIT_TIME, message = "window must be between 1s and 1h, like 30s or 5m")
        String window,

        @JsonPropertyDescription("How long the circuit stays open: 1s to 1h. Default 1m.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(value = Rules.CIRCUIT_TIME, message = "pause must be between 1s and 1h, like 30s or 5m")
        String pause,

        @JsonPropertyDescription(
                "So many runs are let through after the pause. When all of them have ended in any other way the circuit is closed; the first that the "
                        + "infrastructure fails opens it again. 1 to 100. Default 3.")
        @Min(1)
        @Max(Bounds.CIRCUIT_MOST)
        Integer probes) {}
