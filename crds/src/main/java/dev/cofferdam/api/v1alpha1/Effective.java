package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Exactly what the run was granted. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Effective(
        @JsonPropertyDescription("The image of the tool, as the policy had it when it decided.")
        @Size(max = Bounds.IMAGE)
        String image,

        @JsonPropertyDescription(
                "Digest of the policy's command for the tool when it decided, sha256: and 64 hexadecimal digits. A policy that gives the "
                        + "tool another image or command while it runs no longer grants this run.")
        @Size(max = Bounds.HASH)
        String commandDigest,

        @JsonPropertyDescription("The RuntimeClass of the run's pods.") @Size(max = Bounds.SUBDOMAIN)
        String runtimeClassName,

        @JsonPropertyDescription(
                "Names of the environment variables that the run set and the policy granted. Empty or absent: none.")
        @Size(max = Bounds.ENV)
        List<@Size(max = Bounds.ENV_NAME) String> environment,

        @JsonPropertyDescription(
                "What of /workspace the policy allows to be read and written. Empty or absent, storageDenied too: nothing of a source.")
        @Size(max = Bounds.STORAGE_RULES)
        List<GrantedFiles> storage,

        @JsonPropertyDescription("What of it is denied all the same.") @Size(max = Bounds.STORAGE_RULES)
        List<GrantedFiles> storageDenied,

        @JsonPropertyDescription("The bounds in force for each attempt, defaults filled in.")
        EffectiveLimits limits) {
    public Effective {
        environment = Stored.list(environment);
        storage = Stored.list(storage);
        storageDenied = Stored.list(storageDenied);
    }
}
