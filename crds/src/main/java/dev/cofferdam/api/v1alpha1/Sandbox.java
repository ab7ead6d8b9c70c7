package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** The pod of the newest attempt, and the layers that were really in force. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Sandbox(
        @JsonPropertyDescription("Name of the pod. Its log is the output of the tool as it comes.")
        @Size(max = Bounds.SUBDOMAIN)
        String podName,

        @JsonPropertyDescription("UID of the pod.") @Size(max = Bounds.UID)
        String podUID,

        @JsonPropertyDescription("The image that really ran, by digest, by the kubelet's word.")
        @Size(max = Bounds.RESOURCE)
        String imageID,

        @JsonPropertyDescription("The RuntimeClass of the pod.") @Size(max = Bounds.SUBDOMAIN)
        String runtimeClassName,

        @JsonPropertyDescription(
                "How the supervisor reached the tool's pod: ImageVolume, or InitContainer where the cluster has no image volumes.")
        SupervisorSource supervisor,

        @JsonPropertyDescription(
                "The independent boundaries that were in force for this run: Admission, Decision, GVisor, NetworkPolicy, Box, Gateway. The "
                        + "last three come with the result, which shows them. One that is missing when the run has ended was not in force, or nothing came that says so.")
        @Size(max = 16)
        List<Layer> layers) {
    public Sandbox {
        layers = Stored.list(layers);
    }
}
