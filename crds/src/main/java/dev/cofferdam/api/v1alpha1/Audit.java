package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/** The newest audit events of every source that saw something of this run. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Audit(
        List<AuditSource> sources) {
    public Audit {
        sources = sources == null ? List.of() : List.copyOf(sources);
    }
}
