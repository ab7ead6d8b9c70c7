package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** What became of it. */
public enum AuditResult {
    Allowed,
    Denied,
    Error,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static AuditResult of(String text) {
        return Unrecognizable.parse(AuditResult.class, text, Unrecognized);
    }
}
