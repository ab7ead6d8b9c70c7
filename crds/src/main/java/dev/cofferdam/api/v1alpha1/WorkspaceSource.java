package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What a workspace begins with. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record WorkspaceSource(
        @JsonPropertyDescription(
                "Files that the run brings itself: at most 64, 131072 bytes of content in all. The policy must list the source "
                        + "(spec.workspace.sources, inline). Immutable.")
        @Size(max = Bounds.INLINE_FILES)
        @ValidationRule(
                value = Rules.INLINE_TOTAL,
                message = "inline may have 128 KiB (131072 bytes of UTF-8) of content in all")
        List<InlineFile> inline) {
    public WorkspaceSource {
        inline = Stored.list(inline);
    }
}
