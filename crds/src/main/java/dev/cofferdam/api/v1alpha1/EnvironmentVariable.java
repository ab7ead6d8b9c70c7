package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A variable that the tool gets, if the policy grants its name. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record EnvironmentVariable(
        @JsonPropertyDescription(
                "Name of the variable: letters, digits and underscores, not starting with a digit, at most 256 characters. The policy must "
                        + "grant it; a name given twice is denied, never \"last wins\".")
        @Required
        @Size(min = 1, max = Bounds.ENV_NAME)
        @Pattern(Bounds.ENV_NAME_FORM)
        String name,

        @JsonPropertyDescription(
                "Value of the variable, exactly as the tool gets it, at most 32768 characters. Nothing in it is expanded. Absent: empty. Not "
                        + "for secrets: whoever may read the run reads it; those go into spec.secrets.")
        @Size(max = Bounds.ENV_VALUE)
        String value) {}
