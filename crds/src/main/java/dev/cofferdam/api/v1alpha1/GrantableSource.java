package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** One source that runs may name: exactly one of these. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GrantableSource(
        @JsonPropertyDescription(
                "true: a run may bring the files of its workspace itself, in spec.workspace.source.inline.")
        Boolean inline,

        @JsonPropertyDescription(
                "A run may begin with the files of this volume, or of a directory of it (spec.workspace.source.persistentVolumeClaim). It is mounted "
                        + "read-only, for the tool a copy that only it can see.")
        GrantableClaim persistentVolumeClaim,

        @JsonPropertyDescription(
                "A run may begin with the files of this ConfigMap (spec.workspace.source.configMap): a copy for each run.")
        GrantableConfigMap configMap) {}
