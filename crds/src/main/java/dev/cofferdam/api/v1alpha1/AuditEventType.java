package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** What was asked for. */
public enum AuditEventType {
    FilesystemAccess,
    NetworkAccess,
    EnvironmentAccess,
    SecretAccess,
    ProcessExec,
    PolicyViolation,
    CapabilityGrant,
    CapabilityRevoke,
    CommitChanges,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static AuditEventType of(String text) {
        return Unrecognizable.parse(AuditEventType.class, text, Unrecognized);
    }
}
