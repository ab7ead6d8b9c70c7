package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** The directory /workspace of a run. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
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
        List<@Size(min = 1, max = Bounds.INLINE_PATH) @Pattern(Bounds.INLINE_PATH_FORM) String> outputs) {
    public Workspace {
        outputs = Stored.list(outputs);
    }
}
