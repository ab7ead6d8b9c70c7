package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** One call. Immutable, but for cancel, which may go from false to true, and the approval of its changes, which may be given once. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(value = Rules.POLICY_REF_STAYS, message = "spec.policyRef is immutable: create another ToolRun")
@ValidationRule(value = Rules.MODE_STAYS, message = "spec.mode is immutable: create another ToolRun")
@ValidationRule(value = Rules.TOOL_STAYS, message = "spec.tool is immutable: create another ToolRun")
@ValidationRule(value = Rules.ARGS_STAY, message = "spec.args is immutable: create another ToolRun")
@ValidationRule(value = Rules.STDIN_STAYS, message = "spec.stdin is immutable: create another ToolRun")
@ValidationRule(value = Rules.STDIN_ENCODING_STAYS, message = "spec.stdinEncoding is immutable: create another ToolRun")
@ValidationRule(value = Rules.ENV_STAYS, message = "spec.env is immutable: create another ToolRun")
@ValidationRule(value = Rules.WORKSPACE_STAYS, message = "spec.workspace is immutable: create another ToolRun")
@ValidationRule(value = Rules.CLAIM_STAYS, message = "spec.workspace is immutable: create another ToolRun")
@ValidationRule(value = Rules.CONFIG_MAP_STAYS, message = "spec.workspace is immutable: create another ToolRun")
@ValidationRule(value = Rules.OUTPUTS_STAY, message = "spec.workspace is immutable: create another ToolRun")
@ValidationRule(value = Rules.COMMIT_STAYS, message = "spec.workspace is immutable: create another ToolRun")
@ValidationRule(
        value = Rules.APPROVAL_STAYS,
        message = "spec.workspace.approvedDigest and approvedBy stay once they are set: what was approved was approved")
@ValidationRule(value = Rules.CAPABILITIES_STAY, message = "spec.capabilities is immutable: create another ToolRun")
@ValidationRule(value = Rules.SECRETS_STAY, message = "spec.secrets is immutable: create another ToolRun")
@ValidationRule(value = Rules.TIMEOUT_STAYS, message = "spec.timeout is immutable: create another ToolRun")
@ValidationRule(value = Rules.TTL_STAYS, message = "spec.ttlAfterFinished is immutable: create another ToolRun")
@ValidationRule(value = Rules.OUTPUT_MODE_STAYS, message = "spec.outputMode is immutable: create another ToolRun")
@ValidationRule(
        value = Rules.IDEMPOTENCY_KEY_STAYS,
        message = "spec.idempotencyKey is immutable: create another ToolRun")
@ValidationRule(
        value = Rules.REQUESTED_BY_STAYS,
        message = "spec.requestedBy is immutable: it is the name of whoever created the run")
@ValidationRule(
        value = Rules.CANCEL_STAYS,
        message =
                "spec.cancel may change from false to true only: a cancelled run stays cancelled, create another ToolRun")
@ValidationRule(value = Rules.STDIN_SIZE, message = "stdin may have 64 KiB (65536 bytes when decoded)")
@ValidationRule(
        value = Rules.STDIN_BASE64,
        message = "stdin must be Base64 with padding and without line breaks when stdinEncoding is Base64")
public record ToolRunSpec(
        @JsonPropertyDescription("The policy that decides this run, in the same namespace. Immutable.") @Required
        PolicyReference policyRef,

        @JsonPropertyDescription(
                "Run (the default): the tool runs if the policy allows it. DecideOnly: the decision with all its reasons, the exact grants, "
                        + "and the pod and network rules as they would be (status.plan); nothing is made and nothing runs. Immutable.")
        @Default("Run")
        RunMode mode,

        @JsonPropertyDescription(
                "Name of the tool in the policy (spec.tools[].name), at most 63 characters. A tool that the policy does not have is denied. "
                        + "Immutable.")
        @Required
        @Size(min = 1, max = Bounds.LABEL)
        @Pattern(Bounds.LABEL_FORM)
        String tool,

        @JsonPropertyDescription(
                "Arguments that follow the policy's command, exactly as given: no shell, no expansion, no splitting. At most 256, 65536 bytes "
                        + "of UTF-8 in all. A NUL character is denied. Immutable.")
        @Size(max = Bounds.ARGS)
        @ValidationRule(
                value = Rules.ARGS_TOTAL,
                message = "args may have 64 KiB (65536 bytes of UTF-8) in all: pass large input by stdin")
        List<@Size(max = Bounds.ARGS_BYTES) String> args,

        @JsonPropertyDescription(
                "What the tool reads from its standard input, written as stdinEncoding says: at most 65536 bytes when decoded. Absent or "
                        + "empty: end of file at once. Immutable.")
        @Size(max = Bounds.STDIN_TEXT)
        String stdin,

        @JsonPropertyDescription(
                "How stdin is written here. UTF8 (the default): the tool gets the bytes of this text. Base64: the tool gets what the text "
                        + "decodes to (RFC 4648, section 4, with padding, without line breaks). Immutable.")
        StdinEncoding stdinEncoding,

        @JsonPropertyDescription(
                "Environment variables that the tool gets, beside those that the sandbox itself sets. At most 64, 65536 bytes of names and "
                        + "values in all. The policy must grant each name. A name given twice is denied. Immutable.")
        @Size(max = Bounds.ENV)
        @ValidationRule(
                value = Rules.ENV_TOTAL,
                message =
                        "env may have 64 KiB (65536 bytes of UTF-8) of names and values in all: pass large input by stdin")
        List<EnvironmentVariable> env,

        @JsonPropertyDescription(
                "The tool's directory /workspace: what it begins with, which files of it come back, and what becomes of all that the tool changes "
                        + "there. Empty or absent: it begins with nothing, and nothing of it is kept. Immutable, but for the approval.")
        Workspace workspace,

        @JsonPropertyDescription(
                "What the run asks to have of what the policy grants the tool, each as TYPE(resource), like FILE_READ(src/**), in the form of "
                        + "spec.tools[].capabilities of a policy: it gets that and no more. At most 64 of 512 characters. One for more than there is is denied. Empty or absent: all that the policy grants "
                        + "the tool. Immutable.")
        @Size(max = Bounds.CAPABILITIES)
        List<@Size(max = Bounds.CAPABILITY) String> capabilities,

        @JsonPropertyDescription(
                "Secrets that the tool needs, by the names under which the policy grants them (spec.permissions.secrets.allow[].name), at most "
                        + "64. Each is a file, /run/secrets/<name>, that only the tool can read. One that the policy does not grant is denied, and so is a "
                        + "name given twice. Immutable.")
        @Size(max = Bounds.SECRETS)
        List<@Size(min = 1, max = Bounds.LABEL) @Pattern(Bounds.SECRET_NAME_FORM) String> secrets,

        @JsonPropertyDescription(
                "Longest time from the start of the tool to the end of all its processes, for each attempt: whole numbers with the units h, "
                        + "m, s, ms, largest first (10s, 1m30s, 100ms), 100ms to 24h. At most the policy's, or the run is denied. Absent or empty: the "
                        + "policy's. Immutable.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(
                value = Rules.TIMEOUT,
                message = "timeout must be between 100ms and 24h, like 10s, 1m30s or 100ms")
        String timeout,

        @JsonPropertyDescription(
                "How long the run is kept after its end, like 10s or 1h30m: 0s to 8760h (365 days). Then the object is deleted. Absent or "
                        + "empty: 24h. Immutable.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(
                value = Rules.TIME_TO_LIVE,
                message = "ttlAfterFinished must be between 0s and 8760h, like 10s, 1m30s or 100ms")
        String ttlAfterFinished,

        @JsonPropertyDescription(
                "Truncate (the default): where the tool writes more than outputBytes of the policy to standard output or standard error, the beginning is "
                        + "kept. Fail: the run ends as Failed, OutputTooLarge, then, whatever the tool's exit code is; the tool is not stopped, and the "
                        + "beginning is kept all the same. Immutable.")
        OutputMode outputMode,

        @JsonPropertyDescription(
                "Names this call, so that it is executed once however often it is asked for in its namespace: a run with the same key and the "
                        + "same spec executes nothing and ends as the first one did (status.replayOf says which), one with the same key and another "
                        + "spec is denied. 1 to 128 letters, digits and . _ : -, the first a letter or digit; best a UUID: whoever knows it can use "
                        + "it. The first run is kept for a day longer than ttlAfterFinished says, and the key for at least a day after the last run "
                        + "that names it is gone; where the first is gone, the answer is KeyConsumed. Empty or absent: no key. With mode DecideOnly "
                        + "it plays no part. Immutable. Field selector spec.idempotencyKey.")
        @Size(max = Bounds.IDEMPOTENCY_KEY)
        @Pattern(Bounds.IDEMPOTENCY_KEY_FORM)
        String idempotencyKey,

        @JsonPropertyDescription(
                "User name of whoever created the run, at most 1024 characters. Leave it out: admission fills it in, and refuses any other "
                        + "name. Empty or absent: this cluster's API server does not serve MutatingAdmissionPolicies. Immutable.")
        @Size(max = Bounds.USER)
        String requestedBy,

        @JsonPropertyDescription(
                "true: the tool is killed, or never started, and the run ends as Cancelled. Default false. May be changed from false to true "
                        + "at any time, never back; once the run has ended, all that it does is to give up changes whose commit is not decided.")
        Boolean cancel) {
    public ToolRunSpec {
        args = Stored.list(args);
        env = Stored.list(env);
        capabilities = Stored.list(capabilities);
        secrets = Stored.list(secrets);
    }
}
