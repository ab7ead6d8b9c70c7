package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.math.BigDecimal;

/** How often and when a tool that may run twice is tried again. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Retry(
        @JsonPropertyDescription(
                "Most attempts of one run, the first included: 1 to 10. Default 3. With 1 nothing is tried again.")
        @Min(Bounds.RETRY_ATTEMPTS_LEAST)
        @Max(Bounds.RETRY_ATTEMPTS_MOST)
        Integer maxAttempts,

        @JsonPropertyDescription(
                "Time from the end of the first attempt to the second one, before jitter: 10ms to 1h, at most maxDelay, like 10s, 1m30s or 100ms. "
                        + "Default 100ms.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(value = Rules.DELAY, message = "initialDelay must be between 10ms and 1h, like 10s or 100ms")
        String initialDelay,

        @JsonPropertyDescription("What each further delay is longer by than the one before: 1 to 10. Default 2.")
        @Min(1)
        @Max(Bounds.RETRY_MULTIPLIER_MOST)
        BigDecimal multiplier,

        @JsonPropertyDescription("Longest delay, jitter included: 10ms to 1h. Default 30s.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(value = Rules.DELAY, message = "maxDelay must be between 10ms and 1h, like 30s or 100ms")
        String maxDelay,

        @JsonPropertyDescription(
                "Part of a delay by which it may be shorter or longer, so that many runs do not come back at one time: 0 to 1. Default 0.25. It is "
                        + "different for each run and attempt, and the same when it is worked out again.")
        @Min(0)
        @Max(1)
        BigDecimal jitter) {}
