package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** The newest audit events of every source that saw something of this run. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Audit(
        @JsonPropertyDescription(
                "One chain of events for each part that saw something: the controller, and the gateway replica that held the channel of the "
                        + "run. At most 16.")
        @Size(max = Bounds.AUDIT_SOURCES)
        List<AuditSource> sources) {
    public Audit {
        sources = Stored.list(sources);
    }
}
