package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A file that a run brings itself. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record InlineFile(
        @JsonPropertyDescription(
                "Where the file is below /workspace, such as src/a.py: names with a slash between, none of them . or .., no control characters, "
                        + "at most 256 bytes. Its directories come by themselves. A path given twice, or one below another file, is denied.")
        @Required
        @Size(min = 1, max = Bounds.INLINE_PATH)
        @Pattern(Bounds.INLINE_PATH_FORM)
        @ValidationRule(
                value = Rules.INLINE_PATH,
                message = "path must be a relative path without . and .. of at most 256 bytes, like src/a.py")
        String path,

        @JsonPropertyDescription(
                "What is in it, exactly as the tool reads it, at most 65536 characters. Absent: an empty file. Its mode is 0644.")
        @Size(max = Bounds.INLINE_CONTENT)
        String content) {}
