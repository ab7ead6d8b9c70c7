package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** Where a run is, for people. Programs use the conditions. */
public enum Phase {
    Pending,
    Queued,
    Denied,
    Starting,
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Cancelled,
    Unknown,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static Phase of(String text) {
        return Unrecognizable.parse(Phase.class, text, Unrecognized);
    }
}
