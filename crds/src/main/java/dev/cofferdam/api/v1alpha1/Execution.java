package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Fact: the tool was started in this pod, or is about to be. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Execution(
        @JsonPropertyDescription("UID of the pod: that of an attempt.") @Required @Size(min = 1, max = Bounds.UID)
        String podUID,

        @JsonPropertyDescription(
                "When the tool was started, RFC 3339. Absent where the pod started late: its job was handed out, and nobody has said yet that the tool was started.")
        @Size(max = Bounds.TIME)
        String startedAt,

        @JsonPropertyDescription(
                "While the tool is at work: how many of the events that its supervisor told are in status.audit. A gateway that takes the run over "
                        + "goes on after them. Absent where nothing was denied so far, and at the end.")
        @Min(0)
        Integer events) {}
