package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/** What the policy said of the run, before anything was made. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Decision(
        Verdict verdict,
        String policyVersion,
        String time,
        List<DecisionReason> reasons) {
    public Decision {
        reasons = reasons == null ? List.of() : List.copyOf(reasons);
    }
}
