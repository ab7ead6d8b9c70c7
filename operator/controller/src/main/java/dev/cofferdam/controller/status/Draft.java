package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.Audit;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Changes;
import dev.cofferdam.api.v1alpha1.Commitment;
import dev.cofferdam.api.v1alpha1.Decision;
import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.Execution;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.Plan;
import dev.cofferdam.api.v1alpha1.ReplayOf;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.RunError;
import dev.cofferdam.api.v1alpha1.Sandbox;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.ArrayList;
import java.util.List;

/** The controller's fields of a status while one reduction works on them. The gateway's are left out: an apply with them would claim them. */
final class Draft {
    Long observedGeneration;
    Phase phase;
    Integer exitCode;
    List<Condition> conditions;
    Decision decision;
    Effective effective;
    Sandbox sandbox;
    Plan plan;
    List<Attempt> attempts;
    ReplayOf replayOf;
    /** Of a replay alone: a copy of another run's. */
    Execution execution;

    Result result;
    Changes changes;
    Commitment commit;
    RunError error;
    Audit audit;
    Boolean settled;

    Draft(ToolRunStatus status) {
        observedGeneration = status.observedGeneration();
        phase = status.phase();
        exitCode = status.exitCode();
        conditions = status.conditions();
        decision = status.decision();
        effective = status.effective();
        sandbox = status.sandbox();
        plan = status.plan();
        attempts = new ArrayList<>(status.attempts());
        replayOf = status.replayOf();
        if (replayOf != null) {
            copyFacts(status);
        }
        commit = status.commit();
        error = status.error();
        audit = own(status.audit());
        settled = status.settled();
    }

    /** Facts of a run that executed nothing have no other writer. */
    void copyFacts(ToolRunStatus executed) {
        execution = executed.execution();
        result = executed.result();
        changes = executed.changes();
    }

    private static Audit own(Audit audit) {
        if (audit == null) {
            return null;
        }
        List<AuditSource> own = audit.sources().stream()
                .filter(source -> Journal.SOURCE.equals(source.source()))
                .toList();
        return own.isEmpty() ? null : new Audit(own);
    }

    ToolRunStatus status() {
        return new ToolRunStatus(
                observedGeneration,
                phase,
                exitCode,
                conditions,
                decision,
                effective,
                sandbox,
                plan,
                attempts,
                replayOf,
                execution,
                result,
                changes,
                commit,
                error,
                audit,
                settled);
    }
}
