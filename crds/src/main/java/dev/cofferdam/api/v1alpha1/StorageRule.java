package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;

/** Files by a pattern of their paths. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record StorageRule(
        @JsonPropertyDescription(
                "fs:///x is absolute, fs://x is below /workspace; * stands for any text within one name, ** for any depth. A directory is named with "
                        + "all below it. At most 512 bytes.")
        @Required
        @Size(min = 1, max = Bounds.STORAGE_URI)
        String uri,

        @JsonPropertyDescription("read, write or both. Under deny, absent means both.") @Size(max = 2)
        List<StorageAccess> access,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public StorageRule {
        access = Stored.list(access);
        unknown = Stored.unknown(unknown);
    }
}
