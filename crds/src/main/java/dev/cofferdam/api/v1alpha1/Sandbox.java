package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/** The pod of the newest attempt, and the layers that were really in force. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Sandbox(
        String podName,
        String podUID,
        String imageID,
        String runtimeClassName,
        SupervisorSource supervisor,
        List<Layer> layers) {
    public Sandbox {
        layers = layers == null ? List.of() : List.copyOf(layers);
    }
}
