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
        @JsonPropertyDescription("What may be read or written. At most 1024 rules. Empty or absent: nothing.")
        @Size(max = Bounds.RULES)
        List<StorageRule> allow,

        @JsonPropertyDescription("What may not, whatever allow says. At most 1024 rules.") @Size(max = Bounds.RULES)
        List<StorageRule> deny,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public StoragePermissions {
        allow = Stored.list(allow);
        deny = Stored.list(deny);
        unknown = Stored.unknown(unknown);
    }
}
