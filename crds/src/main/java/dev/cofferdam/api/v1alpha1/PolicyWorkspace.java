package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Where the files of a run's workspace may come from. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PolicyWorkspace(
        @JsonPropertyDescription(
                "What runs may name as the source of their workspace. At most 16. Empty or absent: nothing, and a run that names one is denied.")
        @Size(max = Bounds.SOURCES)
        List<GrantableSource> sources,

        @JsonPropertyDescription(
                "The most that a run may ask for in its own spec.workspace.commit: Never (the default), Manual or OnSuccess. A policy that gives more than "
                        + "Never and lists no persistentVolumeClaim is not ready.")
        Commit commit) {
    public PolicyWorkspace {
        sources = Stored.list(sources);
    }
}
