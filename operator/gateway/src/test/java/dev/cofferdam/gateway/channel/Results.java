package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.Outcome;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A tool's end as its supervisor tells it: what a test says of it, and nothing else. */
public final class Results {
    private final Outcome outcome;
    private OptionalInt exitCode = OptionalInt.empty();
    private OptionalInt signal = OptionalInt.empty();
    private Optional<String> step = Optional.empty();
    private Optional<String> open = Optional.empty();
    private Optional<String> program = Optional.empty();
    private List<String> secrets = List.of();
    private List<String> paths = List.of();
    private long stdoutBytes;
    private long stderrBytes;
    private long durationMillis;
    private long cpuMillis;
    private long peakMemoryBytes;

    private Results(Outcome outcome) {
        this.outcome = outcome;
    }

    public static Results of(Outcome outcome) {
        return new Results(outcome);
    }

    public static Results exited(int code) {
        Results results = of(Outcome.Exited);
        results.exitCode = OptionalInt.of(code);
        return results;
    }

    public static Results signaled(int signal) {
        Results results = of(Outcome.Signaled);
        results.signal = OptionalInt.of(signal);
        return results;
    }

    Results step(String failed) {
        step = Optional.of(failed);
        return this;
    }

    Results open(String address) {
        open = Optional.of(address);
        return this;
    }

    Results program(String path) {
        program = Optional.of(path);
        return this;
    }

    Results secrets(String... names) {
        secrets = List.of(names);
        return this;
    }

    Results paths(String... unreadable) {
        paths = List.of(unreadable);
        return this;
    }

    /** In all. */
    public Results wrote(long stdout, long stderr) {
        stdoutBytes = stdout;
        stderrBytes = stderr;
        return this;
    }

    public Results took(long millis, long cpu, long memoryBytes) {
        durationMillis = millis;
        cpuMillis = cpu;
        peakMemoryBytes = memoryBytes;
        return this;
    }

    public SupervisorFrame.Result result() {
        return new SupervisorFrame.Result(
                outcome,
                exitCode,
                signal,
                step,
                open,
                program,
                secrets,
                paths,
                stdoutBytes,
                stderrBytes,
                durationMillis,
                cpuMillis,
                peakMemoryBytes);
    }
}
