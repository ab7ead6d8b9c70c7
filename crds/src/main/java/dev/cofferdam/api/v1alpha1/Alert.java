package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Map;

/** When somebody is told of what the runs of a policy do, and what else is done then. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Alert(
        @JsonPropertyDescription(
                "When it fires: an expression in CEL over what is known of runs that have ended, with counts in a window (permission_denials > 10 per "
                        + "minute), facts of one run (memory_usage > 90%) or of one violation (policy_violation.type == 'capability_request'). "
                        + "docs/policy.md has all names. At most 512 characters. A mistake in it makes the policy not ready, and says where it is.")
        @Required
        @Size(min = 1, max = Bounds.CONDITION)
        String condition,

        @JsonPropertyDescription("How bad it is: info, warning (the default) or critical.") @Default("warning")
        AlertSeverity severity,

        @JsonPropertyDescription(
                "What is done: notify (the default; also written notify_security_team) tells of it by an Event of the policy, a metric, and the webhook that "
                        + "the installation has. disable_component counts each tool by itself, and does the same and stops that tool: its runs are killed and "
                        + "new ones denied as ToolDisabled, until somebody with the verb resume sets the annotation cofferdam.dev/resume as status.tools "
                        + "says. quarantine counts all of the policy together, and does the same and quarantines the policy: its running calls are frozen and "
                        + "kept, and new ones denied as PolicySuspended, until somebody with the verb resume sets the annotation as status.quarantined says.")
        @Default("notify")
        AlertAction action,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public Alert {
        unknown = Stored.unknown(unknown);
    }
}
