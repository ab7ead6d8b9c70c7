package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** Fact: how the tool ended and what it said. Bounded; see the truncated flags. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Result(
        String podUID,
        Integer exitCode,
        Integer signal,
        Outcome outcome,
        String stdout,
        String stderr,
        OutputEncoding stdoutEncoding,
        OutputEncoding stderrEncoding,
        Long stdoutBytes,
        Long stderrBytes,
        Boolean stdoutTruncated,
        Boolean stderrTruncated,
        Long durationMillis,
        Long cpuMillis,
        Long peakMemoryBytes,
        String step,
        String finishedAt) {
}
