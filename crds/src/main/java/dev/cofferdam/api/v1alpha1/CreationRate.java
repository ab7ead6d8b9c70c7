package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** How many runs of a policy may be created in a time. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record CreationRate(
        @JsonPropertyDescription(
                "Most runs of this policy that are let through of those that were created within any time of the length per: 1 to 10000. One more is Denied, RateExceeded, and says when to come "
                        + "back. What the policy denies does not count. Absent: as many as come.")
        @Min(Bounds.ACTIVE_LEAST)
        @Max(Bounds.ACTIVE_MOST)
        Integer runs,

        @JsonPropertyDescription("That time: 1s to 24h, like 10s, 1m30s or 1h. Default 1m.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(value = Rules.QUEUE_TIMEOUT, message = "per must be between 1s and 24h, like 30s or 1m")
        String per) {}
