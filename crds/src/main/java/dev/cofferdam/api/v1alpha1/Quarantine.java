package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** What is planned for frozen runs of a policy. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Quarantine(
        @JsonPropertyDescription(
                "How long the pod of a frozen run is kept, and the run with it: 1s to 24h, like 10s, 1m30s or 1h. It lengthens every pod's deadline by as much when the pod is made, "
                        + "because the kubelet ends a pod at its deadline, frozen or not. The timeout stays what it is: supervisor and controller hold it. Absent: not longer than that.")
        @Size(max = Bounds.DURATION)
        @Pattern(Bounds.DURATION_FORM)
        @ValidationRule(value = Rules.QUEUE_TIMEOUT, message = "keep must be between 1s and 24h, like 30s or 1h")
        String keep) {}
