package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;

/** Which secrets runs may ask for. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SecretPermissions(
        @JsonPropertyDescription("The secrets, each under a name of its own. At most 64. Empty or absent: none.")
        @Size(max = Bounds.SECRET_RULES)
        List<SecretRule> allow,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public SecretPermissions {
        allow = Stored.list(allow);
        unknown = Stored.unknown(unknown);
    }
}
