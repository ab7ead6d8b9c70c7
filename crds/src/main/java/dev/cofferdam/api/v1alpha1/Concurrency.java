package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** How many runs of a policy there may be at one time, and what becomes of those that come meanwhile. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Concurrency(
        @JsonPropertyDescription(
                "Most runs of this policy that are active at one time, from the claim of a pod to the end of the run, the time between two attempts "
                        + "included: 1 to 10000. Others wait as Queued, and begin in the order of creation (by the second, then by name). Absent: as "
                        + "many as come.")
        @Min(Bounds.ACTIVE_LEAST)
        @Max(Bounds.ACTIVE_MOST)
        Integer active,

        @JsonPropertyDescription(
                "Most runs of the whole namespace, of whatever policy, that are active at one time where a run of this policy is to begin: 1 to 10000. Others of this policy wait as "
                        + "Queued, and begin in the order of creation among all runs of the namespace that wait for such a place. Runs of policies without it count, and do not wait for "
                        + "it. Absent: as many as there are.")
        @Min(Bounds.ACTIVE_LEAST)
        @Max(Bounds.ACTIVE_MOST)
        Integer activeInNamespace,

        @JsonPropertyDescription(
                "Most runs that wait at one time: 0 to 10000. Default 1000. One more ends as Failed, QueueFull, without having run.")
        @Min(0)
        @Max(Bounds.QUEUED_MOST)
        Integer queued,

        @JsonPropertyDescription(
                "Longest time that a run waits: 1s to 24h, like 10s or 1m30s. Default 5m. Then it ends as Failed, QueueTimedOut, without having "
                        + "run.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(
                value = Rules.QUEUE_TIMEOUT,
                message = "queueTimeout must be between 1s and 24h, like 30s or 5m")
        String queueTimeout) {}
