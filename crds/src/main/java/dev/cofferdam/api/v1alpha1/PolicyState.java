package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** Active: runs are decided. Suspended: running calls are killed, new ones refused. Quarantined: running calls are frozen and kept, new ones refused. */
public enum PolicyState {
    Active,
    Suspended,
    Quarantined,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static PolicyState of(String text) {
        return Unrecognizable.parse(PolicyState.class, text, Unrecognized);
    }
}
