package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Map;

/** One thing that was asked for, and what became of it. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AuditEvent(
        @JsonPropertyDescription("Number of the event in its chain, without gaps.") @Required @Min(0)
        Long seq,

        @JsonPropertyDescription("When it happened, RFC 3339.") @Required @Size(max = Bounds.TIME)
        String timestamp,

        @JsonPropertyDescription("Whose doing it was: <policy>/<tool>.") @Size(max = Bounds.SUBDOMAIN)
        String componentId,

        @JsonPropertyDescription("What was asked for.") @Required
        AuditEventType eventType,

        @JsonPropertyDescription("What it is about: a variable, a program, a policy. Cut to 1024 characters.")
        @Size(max = Bounds.RESOURCE)
        String resource,

        @JsonPropertyDescription("What was to be done with it, one word.") @Size(max = Bounds.WORD)
        String action,

        @JsonPropertyDescription("What became of it: Allowed, Denied or Error.") @Required
        AuditResult result,

        @JsonPropertyDescription(
                "Version of the policy that decided the run. Where another one decided about this, detail.decidedBy names it.")
        @Size(max = Bounds.POLICY_VERSION)
        String policyVersion,

        @JsonPropertyDescription(
                "More about it, by name; which names depends on eventType. At most 16, each value at most 1024 characters.")
        @Size(max = Bounds.AUDIT_DETAILS)
        Map<String, @Size(max = Bounds.RESOURCE) String> detail) {
    public AuditEvent {
        detail = Stored.map(detail);
    }
}
