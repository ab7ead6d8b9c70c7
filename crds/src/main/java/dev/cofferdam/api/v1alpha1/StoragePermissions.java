package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;

/** Which files the tools may read and write. No rule under allow: none but their own scratch space. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record StoragePermissions(
        @JsonPropertyDescription(
                "What of /workspace may be read or written, at most 64 rules. What may be written is named by whole directories. Empty or absent: "
                        + "nothing of a source; where there is no deny either and the run names no source, /workspace is empty scratch space.")
        @Size(max = Bounds.STORAGE_RULES)
        List<StorageRule> allow,

        @JsonPropertyDescription(
                "What of /workspace may not, whatever allow says, at most 64 rules. It reaches all below what it names.")
        @Size(max = Bounds.STORAGE_RULES)
        List<StorageRule> deny,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public StoragePermissions {
        allow = Stored.list(allow);
        deny = Stored.list(deny);
        unknown = Stored.unknown(unknown);
    }
}
