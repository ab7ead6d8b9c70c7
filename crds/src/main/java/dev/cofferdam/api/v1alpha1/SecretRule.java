package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Map;

/** One key of a Secret of the namespace, and the name by which runs ask for it. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SecretRule(
        @JsonPropertyDescription(
                "Name by which runs ask for it: letters, digits, _, - and ., starting with a letter or _, at most 63 characters.")
        @Required
        @Size(min = 1, max = Bounds.LABEL)
        @Pattern(Bounds.SECRET_NAME_FORM)
        String name,

        @JsonPropertyDescription("Where its value is.") @Required
        SecretKeyReference secretKeyRef,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public SecretRule {
        unknown = Stored.unknown(unknown);
    }
}
