package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** How the tool's process ended. */
public enum Outcome {
    Exited,
    Signaled,
    TimedOut,
    CpuTimeExceeded,
    Stopped,
    Frozen,
    ToolNotFound,
    ToolNotExecutable,
    BoxFailed,
    NetworkNotIsolated,
    ProgramNotAllowed,
    SecretMissing,
    SecretTooLarge,
    WorkspaceMissing,
    WorkspaceNotReadable,
    WorkspaceTooLarge,
    Tampered,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static Outcome of(String text) {
        return Unrecognizable.parse(Outcome.class, text, Unrecognized);
    }
}
