package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** One frame of a supervisor, of the right form. Whether it may come now, {@link ChannelState} says. */
public sealed interface SupervisorFrame {
    /** The box stands and the tool's first program is running. */
    record Started() implements SupervisorFrame {}

    /**
     * The next bytes of one stream.
     *
     * @param data at most {@link FrameDecoder#OUTPUT_BYTES_MOST}; not shared with anybody
     */
    record Output(Stream stream, byte[] data) implements SupervisorFrame {}

    /**
     * A program that the tool, or a process of it, became or tried to become.
     *
     * @param program the path of its file, as the sandbox's kernel has it, not quoted
     * @param result Allowed or Denied
     * @param detail by name: count, how often; sha256 of the file and calledAs where they are known
     */
    record Event(String program, AuditResult result, Map<String, String> detail) implements SupervisorFrame {
        public Event {
            detail = Map.copyOf(detail);
        }
    }

    /**
     * The end. Counts are totals, not what was sent.
     *
     * @param open what was open, as {@link Gate.Address} has it; with NetworkNotIsolated
     * @param secrets names; with SecretMissing and SecretTooLarge, else empty
     * @param program what the tool's own process became, not quoted; with ProgramNotAllowed
     */
    record Result(
            Outcome outcome,
            OptionalInt exitCode,
            OptionalInt signal,
            Optional<String> step,
            Optional<String> open,
            List<String> secrets,
            Optional<String> program,
            long stdoutBytes,
            long stderrBytes,
            long durationMillis,
            long cpuMillis,
            long peakMemoryBytes)
            implements SupervisorFrame {
        public Result {
            secrets = List.copyOf(secrets);
        }

        /** Whether the tool's first program never ran. */
        public boolean nothingRan() {
            return outcome == Outcome.ToolNotFound
                    || outcome == Outcome.ToolNotExecutable
                    || outcome == Outcome.BoxFailed
                    || outcome == Outcome.SecretMissing
                    || outcome == Outcome.SecretTooLarge;
        }
    }

    /** An output of the tool. */
    enum Stream {
        stdout,
        stderr
    }
}
