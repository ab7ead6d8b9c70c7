package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** Whether a run may be given more than it was granted when it was decided. It may not. */
public enum DynamicGrants {
    Deny,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static DynamicGrants of(String text) {
        return Unrecognizable.parse(DynamicGrants.class, text, Unrecognized);
    }
}
