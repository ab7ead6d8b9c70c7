package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** One pod that was claimed for this run. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(value = Rules.ATTEMPT_STAYS, message = "an attempt keeps its podName and podUID: add another attempt")
public record Attempt(
        @JsonPropertyDescription("Which attempt it is, from 1.") @Required @Min(1) @Max(Bounds.ATTEMPTS)
        Integer number,

        @JsonPropertyDescription("Name of the pod: cofferdam-<uid of the run>-<number>.")
        @Required
        @Size(min = 1, max = Bounds.SUBDOMAIN)
        String podName,

        @JsonPropertyDescription(
                "UID of the pod. Only the pod with this UID gets the job, and only its result is accepted.")
        @Required
        @Size(min = 1, max = Bounds.UID)
        String podUID,

        @JsonPropertyDescription("When the attempt ended, RFC 3339, in milliseconds. Absent while it goes on.")
        @Size(max = Bounds.TIME)
        String finishedAt,

        @JsonPropertyDescription(
                "How the attempt ended, one CamelCase word, like ExitedZero or NodeLost. Absent while it goes on.")
        @Size(max = Bounds.WORD)
        @Pattern(Bounds.WORD_FORM)
        String reason) {}
