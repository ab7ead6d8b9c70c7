package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;

/** The runs of a policy that have not ended. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ActiveRuns(
        @JsonPropertyDescription("Runs that have a place: from the claim of a pod to the end of the run.") @Min(0)
        Integer active,

        @JsonPropertyDescription("Runs that wait for one.") @Min(0)
        Integer queued,

        @JsonPropertyDescription("When the oldest of those that wait was created, RFC 3339. Absent: none waits.")
        @Size(max = Bounds.TIME)
        String oldestQueuedAt) {}
