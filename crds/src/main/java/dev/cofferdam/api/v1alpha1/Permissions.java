package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Map;

/** What the tools are granted, in the shape of a Wassette policy file. A key that is not known here makes the policy not ready. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Permissions(
        @JsonPropertyDescription("Which environment variables runs may set. Empty or absent: none.")
        EnvironmentPermissions environment,

        @JsonPropertyDescription("How much one attempt of a run may use. Empty or absent: the default limits.")
        ResourcePermissions resources,

        @JsonPropertyDescription(
                "Which files of the workspace the tools may read and write. Empty or absent: none of a source; /workspace is then empty scratch space.")
        StoragePermissions storage,

        @JsonPropertyDescription(
                "Where the tools may connect to: by name, or by range of addresses, each with its ports and protocol. Empty or absent: nowhere.")
        NetworkPermissions network,

        @JsonPropertyDescription(
                "Which programs the tools may start besides their own. Empty or absent: none, and a process that becomes another one is killed "
                        + "before it runs.")
        ExecPermissions exec,

        @JsonPropertyDescription("Which secrets runs may ask for. Empty or absent: none.")
        SecretPermissions secrets,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public Permissions {
        unknown = Stored.unknown(unknown);
    }
}
