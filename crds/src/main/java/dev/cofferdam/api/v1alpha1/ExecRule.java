package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Map;

/** One program. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ExecRule(
        @JsonPropertyDescription(
                "A name that is looked up in the usual directories of the image (git), an absolute path (/usr/bin/python3), or * for all programs "
                        + "of the image. Links are followed. Where one file of the image is many programs (busybox), each name of it is one of its own. A script "
                        + "is granted with the interpreter that its first line names. Nothing that a tool can write is ever a program.")
        @Required
        @Size(min = 1, max = Bounds.COMMAND_WORD)
        String command,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public ExecRule {
        unknown = Stored.unknown(unknown);
    }
}
