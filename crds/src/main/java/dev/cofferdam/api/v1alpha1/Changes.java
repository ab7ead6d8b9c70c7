package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Fact: how the workspace differs from what it began with. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Changes(
        @JsonPropertyDescription("Files that were not there.") @Min(0)
        Integer added,

        @JsonPropertyDescription("Files whose content, mode or kind is another.") @Min(0)
        Integer modified,

        @JsonPropertyDescription("Files that are no longer there.") @Min(0)
        Integer deleted,

        @JsonPropertyDescription(
                "Changes that are not counted above, because the policy does not let them be written, or because they are no files: each is a "
                        + "Denied event of type FilesystemAccess.")
        @Min(0)
        Integer denied,

        @JsonPropertyDescription(
                "Digest of all changes, also those that items has no room for: sha256: and 64 hexadecimal digits. Absent where complete is false.")
        @Size(max = Bounds.HASH)
        String digest,

        @JsonPropertyDescription("The changes by path, as many as fit into 36 KiB.") @Size(max = Bounds.CHANGED_FILES)
        List<ChangedFile> items,

        @JsonPropertyDescription("true: items has not all of them.")
        Boolean truncated,

        @JsonPropertyDescription(
                "false: there was more to be looked at than 10000 changed files, 100000 entries, 64 levels or twice the size of the workspace, or it "
                        + "could not be looked at in time. Nothing here may then be relied on.")
        Boolean complete,

        @JsonPropertyDescription("The files that the run asked for in spec.workspace.outputs, in its order.")
        @Size(max = Bounds.OUTPUTS)
        List<ReturnedFile> outputs,

        @JsonPropertyDescription(
                "The content of the changes, where the run asks for a commit and a gateway keeps it. Never part of the object.")
        Contents contents) {
    public Changes {
        items = Stored.list(items);
        outputs = Stored.list(outputs);
    }
}
