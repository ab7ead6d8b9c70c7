package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.Audit;
import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Commitment;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.GrantedSecret;
import dev.cofferdam.api.v1alpha1.PolicyReference;
import dev.cofferdam.api.v1alpha1.ReplayOf;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.CommitStep;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.record.AuditChain;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The controller's own audit chain of one run: what was decided, and how it ended. */
public final class Journal {
    /** The name of the controller's source. Not per replica: only one leads, and the chain goes on where the one before it ended. */
    static final String SOURCE = "controller";

    private static final String WORKSPACE = "/workspace/";
    private static final int NAME_MOST = 64;
    private static final int TEXT_MOST = 512;

    private final Instant now;
    private final String tool;
    private final String requester;
    private final List<AuditEvent> events = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private AuditChain chain;

    Journal(ToolRun run, String policyVersion, Instant now) {
        String policy = Optional.ofNullable(run.getSpec().policyRef())
                .map(PolicyReference::name)
                .orElse("");
        this.tool = Quoted.bounded(run.getSpec().tool(), NAME_MOST);
        this.requester = Optional.ofNullable(run.getSpec().requestedBy()).orElse("");
        String component = Quoted.bounded(policy, NAME_MOST) + "/" + tool;
        String uid = run.getMetadata().getUid();
        this.now = now;
        this.chain = stored(run.getStatus())
                .map(source -> new AuditChain(uid, component, policyVersion, source))
                .orElseGet(() -> AuditChain.start(SOURCE, uid, component, policyVersion));
    }

    /** As a status has it. */
    public static Optional<AuditSource> stored(ToolRunStatus status) {
        return Optional.ofNullable(status).map(ToolRunStatus::audit).stream()
                .flatMap(audit -> audit.sources().stream())
                .filter(source -> SOURCE.equals(source.source()))
                .findFirst();
    }

    void granted(Ruling.Granted granted) {
        add(
                AuditEventType.CapabilityGrant,
                tool,
                "decide",
                AuditResult.Allowed,
                decided(Map.of("runtimeClassName", granted.effective().runtimeClassName())));
        for (String key : granted.effective().environment()) {
            add(AuditEventType.EnvironmentAccess, key, "set", AuditResult.Allowed, Map.of());
        }
        for (GrantedSecret secret : granted.effective().secrets()) {
            add(
                    AuditEventType.SecretAccess,
                    secret.name(),
                    "grant",
                    AuditResult.Allowed,
                    Map.of("secret", secret.secret(), "key", secret.key()));
        }
    }

    void refused(List<DecisionReason> reasons) {
        for (DecisionReason reason : reasons) {
            AuditEventType type = asked(reason);
            add(
                    type,
                    Quoted.bounded(reason.resource(), TEXT_MOST),
                    switch (type) {
                        case EnvironmentAccess -> "set";
                        case SecretAccess -> "grant";
                        default -> "decide";
                    },
                    AuditResult.Denied,
                    decided(Map.of("reason", reason.code(), "message", Quoted.bounded(reason.message(), TEXT_MOST))));
        }
    }

    private static AuditEventType asked(DecisionReason reason) {
        return switch (Reason.valueOf(reason.code())) {
            case EnvironmentNotGranted -> AuditEventType.EnvironmentAccess;
            case SecretNotAllowed -> AuditEventType.SecretAccess;
            case KeyReused, KeyConsumed, KeysExhausted, CircuitOpen, ToolDisabled, RateExceeded ->
                AuditEventType.ProcessExec;
            default -> AuditEventType.PolicyViolation;
        };
    }

    /** A decision says for whom it was made, where that is known. */
    private Map<String, String> decided(Map<String, String> detail) {
        if (requester.isEmpty()) {
            return detail;
        }
        Map<String, String> more = new TreeMap<>(detail);
        more.put("requestedBy", Quoted.bounded(requester, TEXT_MOST));
        return more;
    }

    void claimed(int attempt, String podUid) {
        add(
                AuditEventType.CapabilityGrant,
                tool,
                "claim",
                AuditResult.Allowed,
                Map.of("attempt", Integer.toString(attempt), "podUid", podUid));
    }

    /** An attempt that is not the last one. */
    void attemptEnded(int attempt, Reason reason) {
        add(
                AuditEventType.ProcessExec,
                tool,
                "retry",
                AuditResult.Error,
                Map.of("attempt", Integer.toString(attempt), "reason", reason.name()));
    }

    /** Another run was executed in the stead of this one. */
    void replayed(ReplayOf first) {
        add(
                AuditEventType.ProcessExec,
                tool,
                "replay",
                AuditResult.Allowed,
                Map.of("run", first.name(), "runUid", first.uid()));
    }

    void revoked(Ending ending) {
        if (ending.revokes()) {
            add(
                    AuditEventType.CapabilityRevoke,
                    tool,
                    "revoke",
                    AuditResult.Denied,
                    Map.of("reason", ending.reason().name()));
        }
    }

    void ended(Ending ending) {
        AuditResult result = switch (ending.phase()) {
            case Succeeded -> AuditResult.Allowed;
            case Denied -> AuditResult.Denied;
            default -> AuditResult.Error;
        };
        add(
                AuditEventType.ProcessExec,
                tool,
                "end",
                result,
                Map.of("phase", ending.phase().name(), "reason", ending.reason().name()));
    }

    /** Who, or what, approved which changes. */
    void approved(Commitment commit) {
        Map<String, String> detail = new TreeMap<>(Map.of(
                "digest",
                commit.digest(),
                "by",
                commit.approvedBy() == null ? "" : Quoted.bounded(commit.approvedBy(), TEXT_MOST)));
        add(AuditEventType.CommitChanges, WORKSPACE, "approve", AuditResult.Allowed, detail);
    }

    /** A pod is let at the volume. */
    void committing(Commitment commit) {
        add(
                AuditEventType.CommitChanges,
                WORKSPACE,
                "begin",
                AuditResult.Allowed,
                Map.of("number", Integer.toString(commit.number()), "podUid", commit.podUID()));
    }

    void committed(CommitStep.Decided decided) {
        AuditResult result = switch (decided.result()) {
            case True -> AuditResult.Allowed;
            case False -> AuditResult.Denied;
            case Unknown -> AuditResult.Error;
        };
        add(
                AuditEventType.CommitChanges,
                WORKSPACE,
                "commit",
                result,
                Map.of("reason", decided.reason().name()));
    }

    private void add(
            AuditEventType type, String resource, String action, AuditResult result, Map<String, String> detail) {
        chain = chain.append(now, type, resource, action, result, detail);
        events.add(chain.last());
        lines.add(chain.lastLine());
    }

    Audit audit() {
        return chain.state().total() == 0 ? null : new Audit(List.of(chain.state()));
    }

    List<AuditEvent> events() {
        return List.copyOf(events);
    }

    List<String> lines() {
        return List.copyOf(lines);
    }
}
