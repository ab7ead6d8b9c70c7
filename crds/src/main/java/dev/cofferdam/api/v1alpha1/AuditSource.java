package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/** One chain of events. Counts are exact, the list is bounded. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AuditSource(
        String source,
        List<AuditEvent> events,
        Long total,
        Long allowed,
        Long denied,
        Long dropped,
        String head) {
    public AuditSource {
        events = events == null ? List.of() : List.copyOf(events);
    }
}
