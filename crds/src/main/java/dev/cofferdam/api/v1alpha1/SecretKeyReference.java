package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Map;

/** One key of a Secret in the namespace of the policy. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SecretKeyReference(
        @JsonPropertyDescription("Name of the Secret, in the namespace of the policy.")
        @Required
        @Size(min = 1, max = Bounds.SUBDOMAIN)
        @Pattern(Bounds.SUBDOMAIN_FORM)
        String name,

        @JsonPropertyDescription("Key in it: its value, and nothing else of the Secret, is what the tool gets.")
        @Required
        @Size(min = 1, max = Bounds.SUBDOMAIN)
        @Pattern(Bounds.SECRET_KEY_FORM)
        String key,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public SecretKeyReference {
        unknown = Stored.unknown(unknown);
    }
}
