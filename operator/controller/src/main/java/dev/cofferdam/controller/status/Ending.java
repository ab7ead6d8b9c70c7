package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.ErrorKind;
import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.RunError;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import java.util.EnumSet;
import java.util.Set;

/**
 * How a run ends.
 *
 * @param exitCode what a shell would see; null where nothing can be said
 * @param error null where the tool succeeded, and where somebody cancelled it
 */
record Ending(Phase phase, Reason reason, String message, Integer exitCode, RunError error) {
    static final int DENIED = 5;
    static final int CONFIGURATION = 2;
    static final int REGISTRY = 3;
    static final int TIMED_OUT = 124;
    static final int OUT_OF_MEMORY = 137;
    static final int SIGNAL_BASE = 128;

    /** Ends that somebody asked for; all others take away what a policy had granted. */
    private static final Set<Reason> WISHES = EnumSet.of(Reason.Cancelled, Reason.Deleted);

    /** Whether it ends what a policy had granted. */
    boolean revokes() {
        return phase == Phase.Cancelled && !WISHES.contains(reason);
    }

    /** The same, with more to say of it. */
    Ending noting(String more) {
        return saying(message + more, error == null ? null : error.resource());
    }

    /**
     * The same, of an error that is about one thing.
     *
     * @param resource quoted and bounded; null where nothing is named
     */
    Ending about(String resource) {
        return saying(message, resource);
    }

    private Ending saying(String message, String resource) {
        RunError said = error == null
                ? null
                : new RunError(
                        error.type(),
                        error.kind(),
                        Quoted.bounded(message, Conditions.MESSAGE_MOST),
                        resource,
                        error.exitCode(),
                        error.retryable());
        return new Ending(phase, reason, message, exitCode, said);
    }

    private static Ending failed(
            Phase phase,
            Reason reason,
            String message,
            ErrorType type,
            ErrorKind kind,
            Integer exitCode,
            boolean retryable) {
        RunError error =
                new RunError(type, kind, Quoted.bounded(message, Conditions.MESSAGE_MOST), null, exitCode, retryable);
        return new Ending(phase, reason, message, exitCode, error);
    }

    static Ending succeeded() {
        return new Ending(Phase.Succeeded, Reason.ExitedZero, "the tool ended with exit code 0", 0, null);
    }

    static Ending decidedOnly() {
        return new Ending(
                Phase.Succeeded,
                Reason.DecidedOnly,
                "the policy grants all that the run asks for; nothing ran, because spec.mode is DecideOnly",
                null,
                null);
    }

    /** @param reason Cancelled, or Deleted */
    static Ending wished(Reason reason, String message) {
        return new Ending(Phase.Cancelled, reason, message, null, null);
    }

    /** The tool ran, and its end is its own. */
    static Ending byItself(Reason reason, String message, int exitCode) {
        return failed(Phase.Failed, reason, message, ErrorType.ExecutionError, ErrorKind.Runtime, exitCode, false);
    }

    static Ending timedOut(Reason reason, String message, boolean idempotent) {
        return failed(
                Phase.TimedOut, reason, message, ErrorType.ExecutionError, ErrorKind.Timeout, TIMED_OUT, idempotent);
    }

    static Ending outOfMemory(String message, boolean idempotent) {
        return failed(
                Phase.Failed,
                Reason.OutOfMemory,
                message,
                ErrorType.ExecutionError,
                ErrorKind.Memory,
                OUT_OF_MEMORY,
                idempotent);
    }

    /** The same run would be let through later. */
    static Ending tooSoon(Reason reason, String message) {
        return failed(Phase.Denied, reason, message, ErrorType.CapabilityError, ErrorKind.Capability, DENIED, true);
    }

    static Ending capability(Phase phase, Reason reason, String message) {
        return failed(phase, reason, message, ErrorType.CapabilityError, ErrorKind.Capability, DENIED, false);
    }

    /** A program that the policy does not let the tool start. */
    static Ending externalCommand(Phase phase, Reason reason, String message) {
        return failed(phase, reason, message, ErrorType.ExternalCommandError, ErrorKind.Capability, DENIED, false);
    }

    /** A secret that the policy does not grant. */
    static Ending secretAccess(Phase phase, Reason reason, String message) {
        return failed(phase, reason, message, ErrorType.SecretAccessError, ErrorKind.Capability, DENIED, false);
    }

    /** A secret that the tool may not have, or cannot be given. */
    static Ending secret(Phase phase, Reason reason, String message) {
        return failed(phase, reason, message, ErrorType.SecretAccessError, ErrorKind.Capability, DENIED, false);
    }

    static Ending configuration(Phase phase, Reason reason, String message) {
        return failed(
                phase, reason, message, ErrorType.ConfigurationError, ErrorKind.Configuration, CONFIGURATION, false);
    }

    static Ending program(String message) {
        return failed(
                Phase.Failed,
                Reason.ProgramNotAllowed,
                message,
                ErrorType.ExternalCommandError,
                ErrorKind.Capability,
                DENIED,
                false);
    }

    static Ending registry(Phase phase, Reason reason, String message) {
        return failed(phase, reason, message, ErrorType.RegistryError, ErrorKind.Registry, REGISTRY, false);
    }

    static Ending violation(Reason reason, String message) {
        return failed(Phase.Failed, reason, message, ErrorType.SandboxViolationError, ErrorKind.Runtime, DENIED, false);
    }

    /** @param phase Failed where it is known that nothing ran, or that it may run again; else Unknown */
    static Ending infrastructure(Phase phase, Reason reason, String message, boolean retryable) {
        return failed(phase, reason, message, ErrorType.ExecutionError, ErrorKind.Infrastructure, null, retryable);
    }
}
