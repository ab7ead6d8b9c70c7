package dev.cofferdam.policy;

import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.util.Optional;

/**
 * The bounds of one attempt, none of them absent.
 *
 * @param cpu cores; request and limit of the pod
 * @param memory bytes; request and limit of the pod
 * @param timeout wall-clock time of the tool
 * @param cpuTime time of the processor, of the tool and all that it starts together; empty: not bounded but by the others
 * @param processes tasks of the tool at one time
 * @param openFiles open files of each process
 * @param outputBytes bytes kept of each output stream
 * @param workspaceBytes what the tool may make or change in /workspace; a part of the memory
 * @param traffic what may cross the gateway
 */
public record Limits(
        Quantity cpu,
        Quantity memory,
        Duration timeout,
        Optional<Duration> cpuTime,
        int processes,
        int openFiles,
        int outputBytes,
        long workspaceBytes,
        Traffic traffic) {
    public static final Quantity DEFAULT_CPU = new Quantity("500m");
    public static final Quantity DEFAULT_MEMORY = new Quantity("256Mi");
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
    public static final int DEFAULT_PROCESSES = 64;
    public static final int DEFAULT_OPEN_FILES = 256;
    public static final int DEFAULT_OUTPUT_BYTES = 65_536;

    public static final Limits DEFAULTS = new Limits(
            DEFAULT_CPU, DEFAULT_MEMORY, DEFAULT_TIMEOUT, DEFAULT_PROCESSES, DEFAULT_OPEN_FILES, DEFAULT_OUTPUT_BYTES);

    private static final long SCRATCH_MOST = 64L << 20;

    /** With the workspace that comes of the memory, and what may cross the gateway where a policy does not say. */
    public Limits(Quantity cpu, Quantity memory, Duration timeout, int processes, int openFiles, int outputBytes) {
        this(
                cpu,
                memory,
                timeout,
                Optional.empty(),
                processes,
                openFiles,
                outputBytes,
                scratchBytes(memory),
                Traffic.DEFAULTS);
    }

    Limits withTimeout(Duration other) {
        return new Limits(cpu, memory, other, cpuTime, processes, openFiles, outputBytes, workspaceBytes, traffic);
    }

    /** Size of the tool's /tmp, and of its /workspace where the policy says nothing of it: a quarter of the memory, at most 64 MiB. */
    public long scratchBytes() {
        return scratchBytes(memory);
    }

    static long scratchBytes(Quantity memory) {
        return Math.min(SCRATCH_MOST, memory.getNumericalAmount().longValue() / 4);
    }
}
