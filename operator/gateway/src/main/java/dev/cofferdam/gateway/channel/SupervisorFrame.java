package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.ChangedFile;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.ReturnedState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

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
     * A program that the tool, or a process of it, became or tried to become; or a place on the network that it tried in vain, and of which no gateway heard.
     *
     * @param type ProcessExec or NetworkAccess
     * @param resource of a program, the path of its file as the sandbox's kernel has it, not quoted; of the network, a host or an address and port
     * @param action exec; resolve or connect
     * @param result of a program Allowed or Denied; of the network that of its {@link Cause}
     * @param detail by name: count, how often; of a program sha256 and calledAs where they are known; of the network its protocol and its {@link Cause}
     */
    record Event(AuditEventType type, String resource, String action, AuditResult result, Map<String, String> detail)
            implements SupervisorFrame {
        public Event {
            detail = Map.copyOf(detail);
        }
    }

    /** Why something that a tool tried on the network came to nothing without a gateway. */
    enum Cause {
        /** No rule allows it. */
        NotAllowed(AuditResult.Denied, Set.of("tcp", "udp", "dns")),
        /** It is allowed, and there are as many connections, or names, as the box has room for. */
        NoRoom(AuditResult.Denied, Set.of("tcp", "dns")),
        /** It is allowed, and no gateway that has the run answered. */
        GatewayUnreachable(AuditResult.Error, Set.of("tcp")),
        /** It is allowed, and the tool was over before a gateway was asked. */
        Abandoned(AuditResult.Error, Set.of("tcp"));

        private final AuditResult result;
        private final Set<String> protocols;

        Cause(AuditResult result, Set<String> protocols) {
            this.result = result;
            this.protocols = protocols;
        }

        /** What the record calls it. */
        AuditResult result() {
            return result;
        }

        /** Whether it can become of what is tried by that protocol. */
        boolean isOf(String protocol) {
            return protocols.contains(protocol);
        }
    }

    /**
     * What the tool changed in its workspace. Counts and digest are those of all items.
     *
     * @param complete whether all of it was looked at; else there is no digest
     * @param digest sha256: and hexadecimal; empty where it is not complete
     * @param items by path, as many as fit
     * @param violations what is not part of it, as much as fits
     * @param contents what the gateway was given of it to keep; empty where it has nothing
     */
    record Changes(
            boolean complete,
            int added,
            int modified,
            int deleted,
            String digest,
            List<ChangedFile> items,
            List<Violation> violations,
            int violationsTotal,
            Optional<Contents> contents)
            implements SupervisorFrame {
        public Changes {
            items = List.copyOf(items);
            violations = List.copyOf(violations);
        }

        public long total() {
            return (long) added + modified + deleted;
        }
    }

    /**
     * The bundle of a set's contents, as the supervisor says that the gateway was given it.
     *
     * @param sha256 64 hexadecimal digits
     * @param bytes 1 to {@link ChangesDecoder#CONTENTS_MOST}
     */
    record Contents(String sha256, long bytes) {}

    /**
     * A change that the policy does not let be made, or that is no file.
     *
     * @param path for people: bounded, in visible characters
     * @param reason a word of the contract
     */
    record Violation(String path, String reason) {}

    /**
     * The files that the job asks for.
     *
     * @param files in its order
     */
    record Outputs(List<OutputFile> files) implements SupervisorFrame {
        public Outputs {
            files = List.copyOf(files);
        }
    }

    /**
     * One of them.
     *
     * @param content where it is Present, else empty; not shared with anybody
     */
    record OutputFile(ReturnedState state, byte[] content) {}

    /**
     * The end. Counts are totals, not what was sent.
     *
     * @param open what was open, as {@link Gate.Address} has it; with NetworkNotIsolated
     * @param program what the tool's own process became, not quoted; with ProgramNotAllowed
     * @param secrets names; with SecretMissing and SecretTooLarge, else empty
     * @param paths for people; with WorkspaceNotReadable, else empty
     */
    record Result(
            Outcome outcome,
            OptionalInt exitCode,
            OptionalInt signal,
            Optional<String> step,
            Optional<String> open,
            Optional<String> program,
            List<String> secrets,
            List<String> paths,
            long stdoutBytes,
            long stderrBytes,
            long durationMillis,
            long cpuMillis,
            long peakMemoryBytes)
            implements SupervisorFrame {
        public Result {
            secrets = List.copyOf(secrets);
            paths = List.copyOf(paths);
        }

        /** Whether the tool ended without having been killed by its supervisor. */
        boolean isItsOwn() {
            return outcome == Outcome.Exited || outcome == Outcome.Signaled;
        }

        /** The same of a tool whose end is not its own. */
        Result stopped() {
            return new Result(
                    Outcome.Stopped,
                    OptionalInt.empty(),
                    OptionalInt.empty(),
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

        /** Whether the tool's first program never ran. */
        public boolean nothingRan() {
            return outcome == Outcome.ToolNotFound
                    || outcome == Outcome.ToolNotExecutable
                    || outcome == Outcome.BoxFailed
                    || outcome == Outcome.SecretMissing
                    || outcome == Outcome.SecretTooLarge
                    || outcome == Outcome.WorkspaceMissing
                    || outcome == Outcome.WorkspaceNotReadable
                    || outcome == Outcome.WorkspaceTooLarge;
        }
    }

    /** An output of the tool. */
    enum Stream {
        stdout,
        stderr
    }
}
