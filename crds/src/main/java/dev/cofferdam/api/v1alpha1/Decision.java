package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** What the policy said of the run, before anything was made. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Decision(
        @JsonPropertyDescription(
                "Allowed: the policy grants all that the run asks for. Denied: nothing was made, and reasons say why.")
        @Required
        Verdict verdict,

        @JsonPropertyDescription(
                "status.policyVersion of the policy as it was decided by: generation and digest of its canonical spec. Absent where there was "
                        + "no policy.")
        @Size(max = Bounds.POLICY_VERSION)
        String policyVersion,

        @JsonPropertyDescription("When it was decided, RFC 3339.") @Required @Size(max = Bounds.TIME)
        String time,

        @JsonPropertyDescription(
                "Why it was denied: every rule that said no. At most 64. Empty or absent where it was allowed.")
        @Size(max = Bounds.REASONS)
        List<DecisionReason> reasons) {
    public Decision {
        reasons = Stored.list(reasons);
    }
}
