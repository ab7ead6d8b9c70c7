package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What a workspace begins with: at most one of these. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(value = Rules.ONE_SOURCE, message = Rules.ONE_SOURCE_MESSAGE)
public record WorkspaceSource(
        @JsonPropertyDescription(
                "Files that the run brings itself: at most 64, 131072 bytes of content in all. The policy must list the source "
                        + "(spec.workspace.sources, inline). Immutable.")
        @Size(max = Bounds.INLINE_FILES)
        @ValidationRule(
                value = Rules.INLINE_TOTAL,
                message = "inline may have 128 KiB (131072 bytes of UTF-8) of content in all")
        List<InlineFile> inline,

        @JsonPropertyDescription(
                "A volume of the run's namespace, or a directory of it: /workspace begins with what is there. It is never written: what the tool "
                        + "changes, only that run sees. The policy must list the claim (spec.workspace.sources, persistentVolumeClaim). Immutable.")
        ClaimSource persistentVolumeClaim,

        @JsonPropertyDescription(
                "A ConfigMap of the run's namespace: a copy of each of its keys is a file in /workspace, mode 0644. The policy must list it "
                        + "(spec.workspace.sources, configMap). Immutable.")
        ConfigMapSource configMap) {
    public WorkspaceSource {
        inline = Stored.list(inline);
    }
}
