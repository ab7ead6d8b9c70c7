package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Fact: how the tool ended and what it said. Bounded; see the truncated flags. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Result(
        @JsonPropertyDescription("UID of the pod that it comes from: that of an attempt.")
        @Required
        @Size(min = 1, max = Bounds.UID)
        String podUID,

        @JsonPropertyDescription(
                "Exit code of the tool as a shell would see it: its own; 128 + n for signal n; 124 when its time was over, the processor's too; 126 or 127 when it "
                        + "could not be started. 0 to 255. Absent where outcome is Stopped, Frozen, BoxFailed, SecretMissing, "
                        + "SecretTooLarge, WorkspaceMissing, WorkspaceNotReadable, WorkspaceTooLarge, NetworkNotIsolated, ProgramNotAllowed or "
                        + "Tampered.")
        @Min(0)
        @Max(255)
        Integer exitCode,

        @JsonPropertyDescription("The signal that the tool died of, 1 to 64. Absent where it did not.") @Min(1) @Max(64)
        Integer signal,

        @JsonPropertyDescription(
                "How the tool ended: Exited, Signaled, TimedOut (killed when its time was over), CpuTimeExceeded (killed when it had used its time of the processor), Stopped (killed on our order), Frozen (stopped for good on our order, and kept), ToolNotFound, "
                        + "ToolNotExecutable, BoxFailed (nothing ran), SecretMissing and SecretTooLarge (a secret could not be given to it; "
                        + "nothing ran), WorkspaceMissing, WorkspaceNotReadable and WorkspaceTooLarge (its workspace could not be shown to it; "
                        + "nothing ran), NetworkNotIsolated (its pod reached what must be closed: not started, or killed), "
                        + "ProgramNotAllowed (its own process became a program that it may not run, and was killed), "
                        + "Tampered (what the sandbox said cannot be true).")
        @Required
        Outcome outcome,

        @JsonPropertyDescription(
                "The first bytes that the tool wrote to standard output, written as stdoutEncoding says; each byte of a secret is an asterisk. "
                        + "What is kept is bounded by "
                        + "outputBytes of the policy and by the size of the whole result, 256 KiB.")
        @Size(max = Bounds.STREAM)
        String stdout,

        @JsonPropertyDescription(
                "The first bytes that the tool wrote to standard error, written as stderrEncoding says. Bounded as stdout.")
        @Size(max = Bounds.STREAM)
        String stderr,

        @JsonPropertyDescription("UTF8 where the kept bytes of stdout are that, else Base64.")
        OutputEncoding stdoutEncoding,

        @JsonPropertyDescription("UTF8 where the kept bytes of stderr are that, else Base64.")
        OutputEncoding stderrEncoding,

        @JsonPropertyDescription(
                "All bytes that the tool wrote to standard output, exactly, also those that were not kept.")
        @Min(0)
        Long stdoutBytes,

        @JsonPropertyDescription(
                "All bytes that the tool wrote to standard error, exactly, also those that were not kept.")
        @Min(0)
        Long stderrBytes,

        @JsonPropertyDescription("Whether stdout here is less than what the tool wrote.")
        Boolean stdoutTruncated,

        @JsonPropertyDescription("Whether stderr here is less than what the tool wrote.")
        Boolean stderrTruncated,

        @JsonPropertyDescription("Milliseconds from the start of the tool to the end of its last process.") @Min(0)
        Long durationMillis,

        @JsonPropertyDescription("Processor time of the tool and all that it started, in milliseconds.") @Min(0)
        Long cpuMillis,

        @JsonPropertyDescription("Most memory that the tool and all that it started held at one time, in bytes.")
        @Min(0)
        Long peakMemoryBytes,

        @JsonPropertyDescription(
                "Where outcome is BoxFailed: the step at which the box could not be built, one word. Absent otherwise.")
        @Size(max = Bounds.WORD)
        @Pattern("^[A-Za-z0-9-]*$")
        String step,

        @JsonPropertyDescription(
                "Where outcome is NetworkNotIsolated: what answered although it must be closed, network/address:port. Without an address it is the "
                        + "gateway's canary port. Absent otherwise.")
        @Size(max = Bounds.OPEN)
        @Pattern("^((tcp|udp)/[0-9A-Fa-f:.\\[\\]]*:[0-9]+)?$")
        String open,

        @JsonPropertyDescription(
                "Where outcome is ProgramNotAllowed: the path of the program in the image, quoted where it is not plain. Absent otherwise.")
        @Size(max = Bounds.RESOURCE)
        String program,

        @JsonPropertyDescription(
                "Where outcome is SecretMissing: the secrets whose Secret or key is not there. Where it is SecretTooLarge: those with which the "
                        + "bound of all values of a run, 64 KiB, is passed. Absent otherwise.")
        @Size(max = Bounds.SECRETS)
        List<@Size(max = Bounds.LABEL) String> secrets,

        @JsonPropertyDescription(
                "Where outcome is WorkspaceNotReadable: paths in the workspace that the policy lets be read and that user and group 65532 cannot "
                        + "read, the first 8, for people: bounded, in visible characters. Absent otherwise.")
        @Size(max = Bounds.NAMED_PATHS)
        List<@Size(max = Bounds.NAMED_PATH) String> paths,

        @JsonPropertyDescription(
                "Where outcome is Stopped by our order, or Frozen: why, Cancelled, Deleted, Suspended, Quarantined, NamespaceSuspended, ToolDisabled, PolicyChanged, "
                        + "PolicyDeleted or PolicyNotReady. Absent otherwise, also where the kubelet stopped the pod.")
        @Size(max = Bounds.WORD)
        @Pattern("^[A-Za-z]*$")
        String stopReason,

        @JsonPropertyDescription("When the result was accepted, RFC 3339.") @Size(max = Bounds.TIME)
        String finishedAt) {
    public Result {
        secrets = Stored.list(secrets);
        paths = Stored.list(paths);
    }
}
