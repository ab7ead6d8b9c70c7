package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** How a tool fares of which there is something to tell: whose circuit is not what it was, or that an alert has stopped. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ToolCircuit(
        @JsonPropertyDescription("Name of the tool.") @Required @Size(min = 1, max = Bounds.LABEL)
        String name,

        @JsonPropertyDescription(
                "Closed: its runs are let through. Open: they are denied as CircuitOpen. HalfOpen: some are let through, the others denied.")
        @Required
        Circuit circuit,

        @JsonPropertyDescription(
                "Where it is Open: until when, RFC 3339. Where it is HalfOpen: when others are let through if those before have not ended.")
        @Size(max = Bounds.TIME)
        String until,

        @JsonPropertyDescription(
                "Where it is Closed: when runs failed, RFC 3339, at most 100. What is older than the window counts no more.")
        @Size(max = Bounds.CIRCUIT_MOST)
        List<@Size(max = Bounds.TIME) String> failures,

        @JsonPropertyDescription("Where it is HalfOpen: how many runs were let through.") @Min(0)
        Integer begun,

        @JsonPropertyDescription("Where it is HalfOpen: how many of them ended well.") @Min(0)
        Integer well,

        @JsonPropertyDescription(
                "Which alert has stopped the tool: its runs are killed, and new ones denied as ToolDisabled. Absent where none has.")
        AlertStop disabled) {
    public ToolCircuit {
        failures = Stored.list(failures);
    }
}
