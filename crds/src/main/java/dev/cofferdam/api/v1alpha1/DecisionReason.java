package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** One reason: which rule said no, to what, and what to change. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DecisionReason(
        @JsonPropertyDescription(
                "The rule, one CamelCase word for programs, like EnvironmentNotGranted. At most 64 characters.")
        @Required
        @Size(max = Bounds.WORD)
        @Pattern(Bounds.WORD_FORM)
        String code,

        @JsonPropertyDescription(
                "What was asked for: the name of a variable, a tool, a policy. Quoted and cut to 1024 characters.")
        @Size(max = Bounds.RESOURCE)
        String resource,

        @JsonPropertyDescription(
                "For people: what was asked, which rule said no, what to change. At most 16384 characters.")
        @Size(max = Bounds.MESSAGE)
        String message) {}
