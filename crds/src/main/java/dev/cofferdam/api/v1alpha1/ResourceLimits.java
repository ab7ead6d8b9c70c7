package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;

/** Upper bounds of one attempt of a run. An absent bound has the default that its description names; there is no unlimited. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ResourceLimits(
        @JsonPropertyDescription(
                "Processor time a second, as a Kubernetes quantity of cores: 10m to 64. Default 500m. Request and limit of the pod.")
        @JsonDeserialize(using = AnyQuantity.class)
        @ValidationRule(value = Rules.CPU, message = "cpu must be a quantity between 10m and 64")
        Quantity cpu,

        @JsonPropertyDescription(
                "Memory of the tool with all it starts, its /tmp and /workspace, and the sandbox kernel, as a Kubernetes quantity of bytes: "
                        + "32Mi to 64Gi. Default 256Mi. Above it the run ends with OutOfMemory and exit code 137. /tmp may hold a "
                        + "quarter of it, at most 64Mi, and /workspace what workspaceBytes says.")
        @JsonDeserialize(using = AnyQuantity.class)
        @ValidationRule(value = Rules.MEMORY, message = "memory must be a quantity between 32Mi and 64Gi")
        Quantity memory,

        @JsonPropertyDescription(
                "Longest time from the start of the tool to the end of all its processes: whole numbers with the units h, m, s, ms, largest "
                        + "first (10s, 1m30s, 100ms), 100ms to 24h. Default 30s. It is also what a run gets that names no timeout, and the most that it "
                        + "may name. After it everything is killed: TimedOut, exit code 124.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(
                value = Rules.TIMEOUT,
                message = "timeout must be between 100ms and 24h, like 10s, 1m30s or 100ms")
        String timeout,

        @JsonPropertyDescription(
                "Most time of the processor that the tool and all that it starts use together, also what has ended by then: 100ms to 24h, written as timeout. Absent: only cpu and "
                        + "timeout bound it. It does not run on while they sleep or wait. Counted in steps of 10ms. Above it everything is killed: CpuTimeExceeded, exit code 124.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(
                value = Rules.TIMEOUT,
                message = "cpuTime must be between 100ms and 24h, like 10s, 1m30s or 100ms")
        String cpuTime,

        @JsonPropertyDescription(
                "Most processes and threads of the tool at one time: 1 to 1024. Default 64. Above it fork fails with EAGAIN.")
        @Min(Bounds.PROCESSES_LEAST)
        @Max(Bounds.PROCESSES_MOST)
        Integer processes,

        @JsonPropertyDescription(
                "Most open files of one process: 16 to 65536. Default 256. Above it open fails with EMFILE.")
        @Min(Bounds.OPEN_FILES_LEAST)
        @Max(Bounds.OPEN_FILES_MOST)
        Integer openFiles,

        @JsonPropertyDescription(
                "Bytes that are kept of each of stdout and stderr, from the beginning: 0 to 262144. Default 65536. The rest is counted and "
                        + "dropped, and the tool is not stopped.")
        @Min(0)
        @Max(Bounds.OUTPUT_BYTES_MOST)
        Integer outputBytes,

        @JsonPropertyDescription(
                "What a tool may change or make in /workspace, beside what the workspace begins with, as a Kubernetes quantity of bytes: 1Mi to 32Gi, at most "
                        + "half of memory, of which it is a part. Default a quarter of memory, at most 64Mi. Above it writing fails with ENOSPC.")
        @JsonDeserialize(using = AnyQuantity.class)
        @ValidationRule(
                value = Rules.WORKSPACE_BYTES,
                message = "workspaceBytes must be a quantity between 1Mi and 32Gi")
        Quantity workspaceBytes,

        @JsonPropertyDescription("Bounds of what crosses the gateway. Absent: the defaults of each.")
        NetworkLimits network,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public ResourceLimits {
        unknown = Stored.unknown(unknown);
    }
}
