package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
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

        @JsonPropertyDescription(
                "Where the tool may connect to, as the policy names it; the tool's and the run's capabilities narrow it further. What a policy no longer "
                        + "grants while the run is active is refused, and open connections to it are cut. Empty or absent: nowhere.")
        @Size(max = Bounds.NETWORK_RULES)
        List<GrantedNetwork> network,

        @JsonPropertyDescription("What of it is denied all the same.") @Size(max = Bounds.NETWORK_RULES)
        List<GrantedNetwork> networkDenied,

        @JsonPropertyDescription(
                "The programs that the tool may start besides its own, as the policy names them; * for all of the image. A policy that takes one "
                        + "away while the run is active no longer grants this run. Empty or absent: none.")
        @Size(max = Bounds.EXEC_RULES)
        List<@Size(max = Bounds.COMMAND_WORD) String> exec,

        @JsonPropertyDescription(
                "Whether the tool may run machine code that is in no file of its image. Absent: false.")
        Boolean allowJit,

        @JsonPropertyDescription(
                "The secrets that the run asked for and the policy granted, and where the value of each is. A policy that takes one of them from "
                        + "elsewhere while the run is active no longer grants this run. Empty or absent: none.")
        @Size(max = Bounds.SECRETS)
        List<GrantedSecret> secrets,

        @JsonPropertyDescription(
                "The most that each attempt gets, defaults filled in. One that begins after the policy was lowered gets the less of both, but for cpu and memory.")
        EffectiveLimits limits,

        @JsonPropertyDescription(
                "The capabilities of the tool, as its policy had them when it decided: of what the policy grants, this run has no more than they "
                        + "cover, and no more than its own spec.capabilities cover. A policy that takes one of them away while it runs no longer grants "
                        + "this run. Empty or absent: the policy does not narrow the tool.")
        @Size(max = Bounds.CAPABILITIES)
        List<@Size(max = Bounds.RESOURCE) String> toolCapabilities,

        @JsonPropertyDescription(
                "How much longer than its timeout needs the pod may be there, so that it can be kept where it is frozen, in milliseconds. Absent: no longer.")
        @Min(0)
        Long quarantineKeepMillis) {
    public Effective {
        toolCapabilities = Stored.list(toolCapabilities);
        environment = Stored.list(environment);
        storage = Stored.list(storage);
        storageDenied = Stored.list(storageDenied);
        network = Stored.list(network);
        networkDenied = Stored.list(networkDenied);
        exec = Stored.list(exec);
        secrets = Stored.list(secrets);
    }
}
