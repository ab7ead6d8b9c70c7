package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A file that the run asked for in spec.workspace.outputs. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ReturnedFile(
        @JsonPropertyDescription("Where it is below /workspace, as the run asked for it.")
        @Required
        @Size(min = 1, max = Bounds.INLINE_PATH)
        String path,

        @JsonPropertyDescription(
                "Present; Missing; NotAFile (a directory, a symbolic link, or there is a link on the way); TooLarge (with those before it there are more "
                        + "than 32 KiB); Unknown (it could not be looked at).")
        @Required
        ReturnedState state,

        @JsonPropertyDescription(
                "What is in it, where it is Present, written as encoding says; each byte of a secret is an asterisk.")
        @Size(max = Bounds.OUTPUT_TEXT)
        String content,

        @JsonPropertyDescription("UTF8 where its bytes are that and no longer than in Base64, else Base64.")
        OutputEncoding encoding,

        @JsonPropertyDescription("Bytes of its content, where it is Present.") @Min(0)
        Integer size) {}
