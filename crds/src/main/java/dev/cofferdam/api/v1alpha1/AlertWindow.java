package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** What was counted in one window of time. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AlertWindow(
        @JsonPropertyDescription("What is counted, as in the condition; matches, where the condition is about one run.")
        @Required
        @Size(min = 1, max = Bounds.WORD)
        String count,

        @JsonPropertyDescription("Length of the window in seconds.") @Required @Min(1)
        Integer seconds,

        @JsonPropertyDescription("Tool for which it was counted. Absent where it is for the whole policy.")
        @Size(max = Bounds.LABEL)
        String tool,

        @JsonPropertyDescription("Beginning of the first of the counts, RFC 3339.") @Required @Size(max = Bounds.TIME)
        String from,

        @JsonPropertyDescription("Counts one after the other, each of a sixtieth of the window. At most 61.")
        @Size(max = Bounds.ALERT_COUNTS)
        List<@Min(0) Long> counts) {
    public AlertWindow {
        counts = Stored.list(counts);
    }
}
