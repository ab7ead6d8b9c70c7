package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** How the tools are kept apart from the node. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Isolation(
        @JsonPropertyDescription(
                "Name of the RuntimeClass of the sandbox pods, at most 253 characters. Its handler must be gVisor's, and some node must have "
                        + "it: otherwise runs end with SandboxUnavailable. Default gvisor.")
        @Default("gvisor")
        @Size(max = Bounds.SUBDOMAIN)
        @Pattern(Bounds.OPTIONAL_SUBDOMAIN_FORM)
        String runtimeClassName,

        @JsonPropertyDescription(
                "Required (the default, and the only value of this version): without its RuntimeClass a tool does not run.")
        @Default("Required")
        IsolationMode mode) {}
