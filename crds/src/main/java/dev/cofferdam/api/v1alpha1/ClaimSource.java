package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A directory of a volume that a run's workspace begins with. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ClaimSource(
        @JsonPropertyDescription("Name of the PersistentVolumeClaim, in the namespace of the run.")
        @Required
        @Size(min = 1, max = Bounds.SUBDOMAIN)
        @Pattern(Bounds.SUBDOMAIN_FORM)
        String claimName,

        @JsonPropertyDescription(
                "The directory of the volume that is /workspace, such as team/repo: names with a slash between, none of them . or .., at most 256 "
                        + "bytes. No symbolic link on the way is followed. Where it is not there, nothing runs. Empty or absent: all of the volume.")
        @Size(max = Bounds.INLINE_PATH)
        @Pattern(Bounds.OPTIONAL_PATH_FORM)
        @ValidationRule(
                value = Rules.INLINE_PATH,
                message = "subPath must be a relative path without . and .. of at most 256 bytes, like team/repo")
        String subPath) {}
