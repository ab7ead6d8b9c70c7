package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.Quantity;

/** The most that each attempt gets, in base units. What begins after the policy was lowered gets the less of both. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record EffectiveLimits(
        @JsonPropertyDescription("Cores, as a Kubernetes quantity: request and limit of the pod.")
        Quantity cpu,

        @JsonPropertyDescription("Bytes of memory, as a Kubernetes quantity: request and limit of the pod.")
        Quantity memory,

        @JsonPropertyDescription(
                "Longest time of one attempt, from the start of the tool, in milliseconds: the run's timeout, or the policy's. An attempt that begins after "
                        + "the policy was lowered has the less of both.")
        @Min(0)
        Long timeoutMillis,

        @JsonPropertyDescription(
                "Most time of the processor of one attempt, of all its processes together, in milliseconds. Absent: not bounded but by cpu and timeoutMillis.")
        @Min(0)
        Long cpuTimeMillis,

        @JsonPropertyDescription("Most processes and threads at one time.") @Min(0)
        Integer processes,

        @JsonPropertyDescription("Most open files of one process.") @Min(0)
        Integer openFiles,

        @JsonPropertyDescription("Bytes that are kept of each of stdout and stderr.") @Min(0)
        Integer outputBytes,

        @JsonPropertyDescription("Bytes that the tool may change or make in /workspace, beside what it begins with.")
        @Min(0)
        Long workspaceBytes,

        @JsonPropertyDescription("What may cross the gateway. Absent: the run has no network.")
        EffectiveNetworkLimits network) {}
