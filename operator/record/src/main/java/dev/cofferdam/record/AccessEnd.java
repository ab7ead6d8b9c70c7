package dev.cofferdam.record;

/** What {@code detail.ended} of a NetworkAccess says that was Allowed and did not end as the tool and the server wished. docs/security/audit.md has a row for each. */
public enum AccessEnd {
    ResetByTool("reset by the tool", false),
    ResetByServer("reset by the server", false),
    /** All that the tool had open went with it. */
    SandboxGone("the sandbox's connection broke", false),
    /** It was taken away. */
    Revoked("revoked", true),
    /** The run is over, or was stopped. */
    RunEnded("the run ended", true),
    /** The replica was told to stop, and the run goes on by another one. */
    GatewayStopped("the gateway stopped", true),
    /** A limit of the run, which has an event of its own. */
    LimitReached(AccessReason.NetworkLimitReached.name(), false),
    /** Of an inspected request not a byte passed for too long. */
    Silent("silent", false);

    private final String text;
    private final boolean early;

    AccessEnd(String text, boolean early) {
        this.text = text;
        this.early = early;
    }

    /** As it is on record. */
    public String text() {
        return text;
    }

    /** Whether it may come before there is a connection: then it is the {@code detail.reason} why there is none. */
    public boolean isEarly() {
        return early;
    }
}
