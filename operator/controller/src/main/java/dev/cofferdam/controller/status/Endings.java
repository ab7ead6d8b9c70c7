package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.observe.Observation.Started;
import dev.cofferdam.policy.Durations;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** From what was observed to how the run ends: the table of errors and exit codes in the API's description. */
final class Endings {
    private static final int PATH_SHOWN_MOST = 256;

    private Endings() {}

    static Ending denied(List<DecisionReason> reasons) {
        Reason reason =
                reasons.stream().map(r -> Reason.valueOf(r.code())).findFirst().orElse(Reason.InvalidSpec);
        String more = reasons.size() > 1 ? " (and " + (reasons.size() - 1) + " more, see status.decision.reasons)" : "";
        String message = reasons.isEmpty() ? "" : reasons.getFirst().message() + more;
        Ending ending = switch (reason) {
            case ToolNotRegistered -> Ending.registry(Phase.Denied, reason, message);
            case EnvironmentNotGranted,
                    SourceNotGranted,
                    CommitNotGranted,
                    CapabilityNotGranted,
                    HostNotAllowed,
                    HostDenied,
                    AddressNotAllowed,
                    AddressDenied,
                    AddressOnFloor,
                    PathNotAllowed,
                    PathDenied,
                    PolicySuspended,
                    NamespaceSuspended,
                    PolicyChanged,
                    StageUnknown,
                    LifecycleDenied,
                    ToolDisabled,
                    ReviewRequired -> Ending.capability(Phase.Denied, reason, message);
            case RateExceeded, CircuitOpen, KeysExhausted -> Ending.tooSoon(reason, message);
            case ProgramNotAllowed -> Ending.externalCommand(Phase.Denied, reason, message);
            case SecretNotAllowed -> Ending.secretAccess(Phase.Denied, reason, message);
            default -> Ending.configuration(Phase.Denied, reason, message);
        };
        return reasons.isEmpty() ? ending : ending.about(reasons.getFirst().resource());
    }

    /** How the run ended whose outcome this is. */
    static Ending replayed(ToolRun first) {
        ToolRunStatus status = Reducer.statusOf(first);
        Condition finished = status.conditions().stream()
                .filter(condition -> ConditionType.Finished.name().equals(condition.getType()))
                .findFirst()
                .orElseThrow();
        return new Ending(
                status.phase(),
                Reason.valueOf(finished.getReason()),
                finished.getMessage() + " (copied from the run "
                        + Quoted.of(first.getMetadata().getName(), Particulars.NAME_MOST) + "; nothing ran here)",
                status.exitCode(),
                status.error());
    }

    static Ending notStarted(Reason reason, String message) {
        return switch (reason) {
            case Cancelled, Deleted -> Ending.wished(reason, message);
            case SandboxUnavailable -> Ending.violation(reason, message);
            default -> Ending.infrastructure(Phase.Failed, reason, message, true);
        };
    }

    /**
     * @param run what was asked for and granted
     * @param started whether the tool had started, by the facts
     * @param stopped why the tool was stopped, if it was
     */
    static Ending told(ToolRun run, Result facts, boolean started, Optional<Reason> stopped, boolean idempotent) {
        Particulars of = new Particulars(run);
        return switch (outcome(facts)) {
            case Exited ->
                facts.exitCode() == 0
                        ? Ending.succeeded()
                        : Ending.byItself(
                                Reason.ExitedNonZero,
                                "the tool ended with exit code " + facts.exitCode(),
                                facts.exitCode());
            case Signaled ->
                stopped.filter(Reason.OutOfMemory::equals).isPresent()
                        ? Ending.outOfMemory(
                                "the tool was killed" + after(facts)
                                        + ", because the sandbox needed more memory than its limit" + of.memory(),
                                idempotent)
                        : Ending.byItself(
                                Reason.Signaled,
                                "the tool died of signal " + facts.signal(),
                                Ending.SIGNAL_BASE + facts.signal());
            case TimedOut ->
                Ending.timedOut(
                        Reason.TimedOut,
                        "the tool was killed" + after(facts) + ", when its time was over" + of.time(facts),
                        idempotent);
            case CpuTimeExceeded ->
                Ending.timedOut(
                        Reason.CpuTimeExceeded,
                        "the tool was killed" + after(facts)
                                + ", when it had used its time of the processor with all that it had started"
                                + used(facts)
                                + "; the policy bounds it under spec.permissions.resources.limits.cpuTime",
                        idempotent);
            case Frozen ->
                Ending.capability(
                        Phase.Cancelled,
                        Reason.Quarantined,
                        "the tool was frozen" + after(facts)
                                + " with all that it had started, because its policy, its namespace or all namespaces were quarantined; its pod is kept for a while, to be looked at");
            case Stopped -> stopped(stopped.orElse(Reason.SupervisorLost), facts, idempotent);
            case ToolNotFound ->
                Ending.registry(
                                Phase.Failed,
                                Reason.ToolNotFound,
                                "the command of the tool " + of.tool() + " is not in its image" + of.image()
                                        + "; correct the one or the other in the policy" + of.policy())
                        .about(of.aboutTool());
            case ToolNotExecutable ->
                Ending.registry(
                                Phase.Failed,
                                Reason.ToolNotExecutable,
                                "the kernel refused to run the command of the tool " + of.tool() + " in its image"
                                        + of.image()
                                        + "; it must be an executable of the node's platform: correct command or image in the policy"
                                        + of.policy())
                        .about(of.aboutTool());
            case BoxFailed ->
                Ending.violation(
                        Reason.BoxFailed,
                        "the box could not be built, at the step " + facts.step() + ", so the tool was not started");
            case SecretMissing ->
                Ending.secret(
                        Phase.Failed,
                        Reason.SecretMissing,
                        "not there: " + of.secrets(facts)
                                + ", as spec.permissions.secrets of the policy" + of.policy()
                                + " has it, so the tool was not started; create it in "
                                + "this namespace, or correct the policy, then create another run");
            case SecretTooLarge ->
                Ending.secret(
                        Phase.Failed,
                        Reason.SecretTooLarge,
                        "the values of the run's secrets have more than 64 KiB in all, with " + of.secrets(facts)
                                + ", so the tool was not started; ask for fewer, or have them made shorter");
            case WorkspaceMissing ->
                Ending.configuration(
                        Phase.Failed,
                        Reason.WorkspaceMissing,
                        of.source()
                                + ", so the tool was not started; correct spec.workspace.source, or have it filled, then create another run");
            case WorkspaceNotReadable ->
                Ending.configuration(
                        Phase.Failed,
                        Reason.WorkspaceNotReadable,
                        "the policy lets the tool read what user and group 65532 cannot read: " + paths(facts)
                                + ", so the tool was not started; have it made readable to them, or denied under spec.permissions.storage");
            case WorkspaceTooLarge ->
                Ending.configuration(
                        Phase.Failed,
                        Reason.WorkspaceTooLarge,
                        "the source of the workspace has more than the rules under spec.permissions.storage can be held for (100000 entries, 64 levels, 1024 "
                                + "mounts), so the tool was not started; name a sub-path, or directories instead of patterns");
            case NetworkNotIsolated ->
                Ending.infrastructure(
                        Phase.Failed,
                        Reason.NetworkNotIsolated,
                        "the sandbox pod reached " + open(facts) + ", which must be closed to it, so the tool was "
                                + (started ? "killed" + after(facts) : "not started")
                                + "; see that no other NetworkPolicy opens egress of the sandbox pods and that the network plugin enforces them",
                        !started || idempotent);
            case ProgramNotAllowed ->
                Ending.program("the tool's own process became the program "
                        + of.program(facts)
                        + "which spec.permissions.exec.allow of the policy" + of.policy()
                        + " does not grant, and was killed"
                        + after(facts)
                        + " before that ran; " + of.remedy(facts));
            case Tampered ->
                Ending.violation(
                        Reason.Tampered, "what came from the sandbox could not have come from an honest supervisor");
            case Unrecognized ->
                Ending.infrastructure(
                        Phase.Unknown,
                        Reason.SupervisorLost,
                        "the facts have an outcome that this version does not know",
                        false);
        };
    }

    /** Whether the tool ended by itself, and less is kept than it wrote. */
    static boolean isCut(Result facts) {
        return outcome(facts) == Outcome.Exited
                && (Boolean.TRUE.equals(facts.stdoutTruncated()) || Boolean.TRUE.equals(facts.stderrTruncated()));
    }

    static Ending outputTooLarge(Result facts) {
        return Ending.byItself(
                Reason.OutputTooLarge,
                "the tool wrote " + facts.stdoutBytes() + " bytes to standard output and " + facts.stderrBytes()
                        + " to standard error, of which not all are kept (outputBytes of the policy, and 256 KiB of result), and spec.outputMode is Fail; it had "
                        + "ended with exit code " + facts.exitCode(),
                Math.max(facts.exitCode(), 1));
    }

    /** An outcome without its number says no more than one that nobody knows. */
    private static Outcome outcome(Result facts) {
        boolean incomplete = facts.outcome() == null
                || facts.outcome() == Outcome.Exited && facts.exitCode() == null
                || facts.outcome() == Outcome.Signaled && facts.signal() == null;
        return incomplete ? Outcome.Unrecognized : facts.outcome();
    }

    private static String open(Result facts) {
        return facts.open() == null
                ? "an address"
                : facts.open().contains("/:") ? "the gateway's canary port (" + facts.open() + ")" : facts.open();
    }

    private static String paths(Result facts) {
        return facts.paths().stream()
                .map(path -> Quoted.bounded(path, PATH_SHOWN_MOST))
                .collect(Collectors.joining(", "));
    }

    private static String after(Result facts) {
        return facts.durationMillis() == null
                ? ""
                : " after " + Durations.text(Duration.ofMillis(facts.durationMillis()));
    }

    private static String used(Result facts) {
        return facts.cpuMillis() == null ? "" : ", " + Durations.text(Duration.ofMillis(facts.cpuMillis()));
    }

    private static Ending stopped(Reason reason, Result facts, boolean idempotent) {
        String when = after(facts);
        return switch (reason) {
            case Cancelled, Deleted ->
                Ending.wished(reason, "the tool was stopped" + when + ", because " + wish(reason));
            case Suspended ->
                Ending.capability(
                        Phase.Cancelled, reason, "the tool was stopped" + when + ", because its policy was suspended");
            case NamespaceSuspended, Quarantined, ToolDisabled, PolicyChanged, PolicyDeleted, PolicyNotReady ->
                Ending.capability(
                        Phase.Cancelled, reason, "the tool was stopped" + when + ", because " + revoked(reason));
            case DeadlineExceeded ->
                Ending.timedOut(
                        reason,
                        "the tool was stopped" + when + " by the pod's own deadline, before its time was over",
                        idempotent);
            default ->
                Ending.infrastructure(
                        Phase.Failed, reason, "the tool was stopped" + when + " with its pod", idempotent);
        };
    }

    /** A pod has the supervisor's image, too: the policy is to blame only where the kubelet names the tool's. */
    private static Ending pullFailed(ToolRun run, String message) {
        Particulars of = new Particulars(run);
        return of.isOfItsImage(message)
                ? Ending.registry(
                                Phase.Failed,
                                Reason.ImagePullFailed,
                                message + "; correct the image of the tool " + of.tool() + " in the policy"
                                        + of.policy() + ", or have it made available to the nodes")
                        .about(of.aboutImage())
                : Ending.registry(Phase.Failed, Reason.ImagePullFailed, message);
    }

    static Ending lost(ToolRun run, Observation.Lost lost, boolean idempotent) {
        String message = lost.message() + ran(lost.started());
        return switch (lost.reason()) {
            case Cancelled, Deleted -> Ending.wished(lost.reason(), wish(lost.reason()) + ": " + message);
            case Suspended -> Ending.capability(Phase.Cancelled, lost.reason(), "the policy was suspended: " + message);
            case NamespaceSuspended, Quarantined, ToolDisabled, PolicyChanged, PolicyDeleted, PolicyNotReady ->
                Ending.capability(Phase.Cancelled, lost.reason(), revoked(lost.reason()) + ": " + message);
            case OutOfMemory ->
                Ending.outOfMemory(lost.message() + new Particulars(run).memory() + ran(lost.started()), idempotent);
            case DeadlineExceeded -> Ending.timedOut(lost.reason(), message, idempotent);
            case ImagePullFailed -> pullFailed(run, message);
            case SandboxCrashed -> Ending.violation(lost.reason(), message);
            case WorkspaceMissing -> Ending.configuration(Phase.Failed, lost.reason(), message);
            default -> {
                boolean nothingRan = lost.started() == Started.No;
                yield Ending.infrastructure(
                        nothingRan || idempotent ? Phase.Failed : Phase.Unknown,
                        lost.reason(),
                        message,
                        nothingRan || idempotent);
            }
        };
    }

    private static String wish(Reason reason) {
        return reason == Reason.Deleted ? "the run was deleted" : "the run was cancelled";
    }

    private static String revoked(Reason reason) {
        return switch (reason) {
            case NamespaceSuspended ->
                "all tools of its namespace or of the cluster were stopped, by the label " + Names.STATE_LABEL;
            case ToolDisabled -> "an alert of its policy stopped the tool";
            case Quarantined ->
                "its policy, its namespace or all namespaces were quarantined, and it was not frozen: it had not begun, or did not stand still in time";
            case PolicyDeleted -> "its policy was deleted";
            case PolicyNotReady -> "its policy was edited and cannot be enforced as it is written now";
            default ->
                "its policy was edited, or its namespace is of another stage now, and it no longer grants what the run has";
        };
    }

    private static String ran(Started started) {
        return switch (started) {
            case Yes -> "; the tool may have run, in part or whole";
            case No -> "; nothing ran";
            case NotKnown -> "; whether the tool had started is not known";
        };
    }
}
