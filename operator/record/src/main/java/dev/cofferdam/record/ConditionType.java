package dev.cofferdam.record;

/** The conditions of a run, for programs. Each is there from the first write on, but for the last. */
public enum ConditionType {
    /** True when the policy granted the run; False when it did not. */
    Admitted,
    /** True while the tool runs in its sandbox. */
    SandboxReady,
    /** True at every end: the one to wait for. */
    Finished,
    /** True when the tool ended with 0; Unknown until the end; False with the reason otherwise. */
    Succeeded,
    /** Of a run that asks for a commit, once it has ended: Unknown until that is decided; True when all changes are in the volume; False with the reason otherwise. */
    Committed
}
