package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** The directory /workspace of a run. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = Rules.COMMIT_NEEDS_CLAIM,
        message =
                "commit other than Never needs a persistentVolumeClaim as source: there is nothing else to write into")
@ValidationRule(value = Rules.APPROVED_BY_SOMEBODY, message = "approvedBy comes with approvedDigest")
public record Workspace(
        @JsonPropertyDescription(
                "The files that /workspace begins with. What of them the tool sees, and what it may change, the policy says under "
                        + "spec.permissions.storage. Empty or absent: none. Immutable.")
        WorkspaceSource source,

        @JsonPropertyDescription(
                "Files whose content comes back in status.changes.outputs when the tool has ended: at most 16 paths below /workspace, such as "
                        + "out/report.md, 32768 bytes of content in all. The policy must let each be read and written (spec.permissions.storage). No symbolic "
                        + "link is followed. Immutable.")
        @Size(max = Bounds.OUTPUTS)
        List<@Size(min = 1, max = Bounds.INLINE_PATH) @Pattern(Bounds.INLINE_PATH_FORM) String> outputs,

        @JsonPropertyDescription(
                "Whether what the tool changes is written into the volume that the workspace begins with, once the tool is dead; "
                        + "persistentVolumeClaim only. Never (the default). Manual: when somebody with the verb commit has set approvedDigest. OnSuccess: "
                        + "by itself where the run succeeded and nothing was denied, else as Manual. At most what the policy gives "
                        + "(spec.workspace.commit), or the run is denied. The condition Committed tells what became of it. Immutable.")
        Commit commit,

        @JsonPropertyDescription(
                "Approves the change set of that digest, status.changes.digest: sha256: and 64 hexadecimal digits. May be set once, after the end "
                        + "and before it is decided otherwise, by somebody with the verb commit on the run. Any other digest is refused.")
        @Size(max = Bounds.HASH)
        @Pattern(Bounds.APPROVED_FORM)
        String approvedDigest,

        @JsonPropertyDescription(
                "User name of whoever set approvedDigest. Leave it out: admission fills it in, and refuses any other name. Empty or absent: this "
                        + "cluster's API server does not serve MutatingAdmissionPolicies. Stays.")
        @Size(max = Bounds.USER)
        String approvedBy) {
    public Workspace {
        outputs = Stored.list(outputs);
    }
}
