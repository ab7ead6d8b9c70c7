package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A file that is not as it was. A deleted one has nothing but its path. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ChangedFile(
        @JsonPropertyDescription("Where it is below /workspace.") @Required @Size(min = 1, max = Bounds.CHANGED_PATH)
        String path,

        @JsonPropertyDescription("Added, Modified (its content, its mode, or what it is) or Deleted.") @Required
        Change change,

        @JsonPropertyDescription("File or Symlink, which is never followed. Absent where it was deleted.")
        FileKind kind,

        @JsonPropertyDescription("Its permissions, four octal digits. Absent where it was deleted.")
        @Size(max = Bounds.MODE)
        String mode,

        @JsonPropertyDescription(
                "Digest of its content, or of a link's target: 64 hexadecimal digits. Absent where it was deleted.")
        @Size(max = Bounds.HASH)
        String sha256,

        @JsonPropertyDescription("Bytes of its content, or of a link's target. Absent where it was deleted.") @Min(0)
        Long size) {}
