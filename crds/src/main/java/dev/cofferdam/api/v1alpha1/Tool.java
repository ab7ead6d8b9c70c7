package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** One tool that may run: an image and the program in it. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Tool(
        @JsonPropertyDescription(
                "Name by which runs ask for the tool (spec.tool of a ToolRun): lower-case letters, digits and hyphens, at most 63 characters, "
                        + "given once in the policy.")
        @Required
        @Size(min = 1, max = Bounds.LABEL)
        @Pattern(Bounds.LABEL_FORM)
        String name,

        @JsonPropertyDescription(
                "Image that holds the program, as in a pod, at most 512 characters. Best pinned by digest (name@sha256:...). The digest that "
                        + "ran is in status.sandbox.imageID of the run.")
        @Required
        @Size(min = 1, max = Bounds.IMAGE)
        @Pattern(Bounds.IMAGE_FORM)
        String image,

        @JsonPropertyDescription(
                "The program and its first arguments, 1 to 64 words of at most 4096 characters; the args of a run follow. A program without a "
                        + "slash is looked up in the usual directories of the image. No shell is involved.")
        @Required
        @Size(min = 1, max = Bounds.COMMAND)
        List<@Size(max = Bounds.COMMAND_WORD) String> command,

        @JsonPropertyDescription(
                "Whether running the tool twice does no harm. If true, a run whose pod was lost, or that needed more time or memory than its "
                        + "limit, gets another attempt, as spec.retry says. Default false: it is never repeated, and ends as Unknown where nobody "
                        + "knows how it ended.")
        Boolean idempotent,

        @JsonPropertyDescription(
                "Where the tool comes from. Hardcoded (the default): whoever writes the policy answers for it. AgentGenerated and External: it runs "
                        + "under the rules of trust: Untrusted, whatever the trust of its policy. AgentGenerated stays: an edit that leaves a tool of "
                        + "that name or image without it takes the verb review, and whoever writes a tool without it or External, in a policy that is not "
                        + "Untrusted, holds the verb vouch.")
        @Default("Hardcoded")
        Source source,

        @JsonPropertyDescription(
                "What the arguments of a run must look like: a JSON Schema (2020-12) for the list of them, at most 16384 characters as JSON, "
                        + "with the keywords that say something of a list of texts (type, items, prefixItems, minItems, enum, pattern, anyOf and so on; "
                        + "no references). A run whose args do not fit is denied. Empty or absent: any arguments.")
        @PreserveUnknownFields
        JsonNode argsSchema,

        @JsonPropertyDescription(
                "How far the tool has come: Canary, Experimental, Stable (the default) or Deprecated. A stage of the policy may deny any of them. "
                        + "The runs of a Deprecated tool say so in their condition Admitted.")
        @Default("Stable")
        Lifecycle lifecycle,

        @JsonPropertyDescription(
                "What the tool needs and gets of what permissions grant, as TYPE(resource), or TYPE alone for all of that kind: FILE_READ(src/**), "
                        + "FILE_WRITE, NETWORK_CONNECT(api.example.com:443), SECRET_ACCESS(name), EXTERNAL_COMMAND(git). At most 64 of 512 characters. "
                        + "One for more than permissions grant makes the policy not ready. Empty or absent: all that permissions grant.")
        @Size(max = Bounds.CAPABILITIES)
        List<@Size(max = Bounds.CAPABILITY) String> capabilities) {
    public Tool {
        command = Stored.list(command);
        capabilities = Stored.list(capabilities);
    }
}
