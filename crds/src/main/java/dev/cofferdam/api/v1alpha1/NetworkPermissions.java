package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;

/** Where the tools may connect to. No rule under allow: nowhere. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NetworkPermissions(
        @JsonPropertyDescription(
                "What may be connected to. In their canonical form, one for each protocol, at most 64. Empty or absent: nothing.")
        @Size(max = Bounds.RULES)
        List<NetworkRule> allow,

        @JsonPropertyDescription(
                "What may not be connected to, whatever allow says. In their canonical form at most 64.")
        @Size(max = Bounds.RULES)
        List<NetworkRule> deny,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public NetworkPermissions {
        allow = Stored.list(allow);
        deny = Stored.list(deny);
        unknown = Stored.unknown(unknown);
    }
}
