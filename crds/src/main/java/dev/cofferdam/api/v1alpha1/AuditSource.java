package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** One chain of events. Counts are exact, the list is bounded. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AuditSource(
        @JsonPropertyDescription("Who saw it: controller, or gateway/<name of its pod>.<start of its process>.")
        @Required
        @Size(min = 1, max = Bounds.SUBDOMAIN + Bounds.WORD)
        @Pattern("^[a-z0-9]([-a-z0-9./]*[a-z0-9])?$")
        String source,

        @JsonPropertyDescription(
                "The newest events, oldest first, at most 100. The full stream is on the standard output of the source.")
        @Size(max = Bounds.AUDIT_EVENTS)
        List<AuditEvent> events,

        @JsonPropertyDescription("All events of this source, exactly, also those that are not kept here.") @Min(0)
        Long total,

        @JsonPropertyDescription("How many of them were Allowed.") @Min(0)
        Long allowed,

        @JsonPropertyDescription("How many of them were Denied.") @Min(0)
        Long denied,

        @JsonPropertyDescription("How many of them are not kept here.") @Min(0)
        Long dropped,

        @JsonPropertyDescription("Hash of the newest event, which covers every event before it, like sha256:4f1c....")
        @Size(max = Bounds.HASH)
        String head) {
    public AuditSource {
        events = Stored.list(events);
    }
}
