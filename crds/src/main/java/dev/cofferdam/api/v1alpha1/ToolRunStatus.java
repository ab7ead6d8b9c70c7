package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** The story of a run. Two writers with disjoint fields: the gateway writes facts (execution, result, its audit source), the controller all else. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ToolRunStatus(
        Long observedGeneration,
        Phase phase,
        Integer exitCode,
        List<Condition> conditions,
        Decision decision,
        Effective effective,
        Sandbox sandbox,
        List<Attempt> attempts,
        Execution execution,
        Result result,
        RunError error,
        Audit audit,
        Boolean settled) {
    public ToolRunStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
        attempts = attempts == null ? List.of() : List.copyOf(attempts);
    }
}
