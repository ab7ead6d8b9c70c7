package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** One time that an alert fired. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AlertFiring(
        @JsonPropertyDescription("Name of this firing, which no other has; every message of it carries it.")
        @Required
        @Size(min = 1, max = Bounds.WORD)
        String id,

        @JsonPropertyDescription("When it fired, RFC 3339.") @Required @Size(max = Bounds.TIME)
        String at,

        @JsonPropertyDescription("Tool that it is about. Absent where it is about the whole policy.")
        @Size(max = Bounds.LABEL)
        String tool,

        @JsonPropertyDescription(
                "What the counts of the condition were, like permission_denials per 60s: 11. Absent where it has none.")
        @Size(max = Bounds.ALERT_SERIES)
        List<@Size(max = Bounds.ALERT_COUNT_TEXT) String> counts,

        @JsonPropertyDescription("How bad the alert was called when it fired.")
        AlertSeverity severity,

        @JsonPropertyDescription("What was done when it fired.")
        AlertAction action,

        @JsonPropertyDescription(
                "The condition by which it fired, at most 200 characters of it. Absent where it is the alert's still.")
        @Size(max = Bounds.ALERT_FORMER_CONDITION)
        String condition,

        @JsonPropertyDescription(
                "When the last who is to be told of it was, RFC 3339: its Event is made, and the webhook, where there is one, has taken it. Absent until then; "
                        + "it is tried again and again.")
        @Size(max = Bounds.TIME)
        String notifiedAt) {
    public AlertFiring {
        counts = Stored.list(counts);
    }

    /** Everybody was told of it who is to be. */
    public AlertFiring notified(String when) {
        return new AlertFiring(id, at, tool, counts, severity, action, condition, when);
    }

    /** The alert has another condition now. */
    public AlertFiring under(String former) {
        return new AlertFiring(id, at, tool, counts, severity, action, former, notifiedAt);
    }
}
