package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Why the run did not succeed, for programs. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RunError(
        @JsonPropertyDescription(
                "The class of the error: CapabilityError, ExternalCommandError, SecretAccessError, SandboxViolationError, ExecutionError, "
                        + "ConfigurationError or RegistryError.")
        @Required
        ErrorType type,

        @JsonPropertyDescription(
                "What kind of thing went wrong: Capability, Runtime, Timeout, Memory, Configuration, Registry or Infrastructure.")
        ErrorKind kind,

        @JsonPropertyDescription("For people: what was asked, what said no, what to change. At most 16384 characters.")
        @Size(max = Bounds.MESSAGE)
        String message,

        @JsonPropertyDescription(
                "What it is about: a variable, a tool, an image; of a run that was denied, as in the first of status.decision.reasons. Absent where it is about no one thing. Escaped, and cut to 1024 characters.")
        @Size(max = Bounds.RESOURCE)
        String resource,

        @JsonPropertyDescription(
                "What a shell would see, 0 to 255: 5 denied or violated, 124 time over, 137 out of memory, 2 invalid, 3 not in the registry. "
                        + "Absent where there is no such code.")
        @Min(0)
        @Max(255)
        Integer exitCode,

        @JsonPropertyDescription(
                "Whether the same run, created again, may end otherwise without anybody changing anything.")
        Boolean retryable) {}
