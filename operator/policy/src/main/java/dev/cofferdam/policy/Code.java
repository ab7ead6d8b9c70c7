package dev.cofferdam.policy;

/** Why a run is refused. Each is also a name of {@code dev.cofferdam.record.Reason}, which says what a user does then; a test of the controller holds that. */
public enum Code {
    PolicyNotFound,
    PolicyNotReady,
    PolicySuspended,
    ToolNotRegistered,
    InvalidSpec,
    EnvironmentNotGranted,
    EnvironmentRepeated,
    TimeoutExceedsPolicy,
    /** Only when a job is handed out: the policy changed after the claim. */
    Revoked
}
