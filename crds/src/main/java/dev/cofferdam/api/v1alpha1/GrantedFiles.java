package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Files by a pattern of their paths, and what is granted, or denied, of them. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GrantedFiles(
        @JsonPropertyDescription("The pattern, absolute.") @Size(max = Bounds.STORAGE_URI)
        String uri,

        @JsonPropertyDescription("read, write or both.") @Size(max = 2)
        List<StorageAccess> access) {
    public GrantedFiles {
        access = Stored.list(access);
    }
}
