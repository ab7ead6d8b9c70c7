package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** How far a tool has come. */
public enum Lifecycle {
    Canary,
    Experimental,
    Stable,
    Deprecated,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static Lifecycle of(String text) {
        return Unrecognizable.parse(Lifecycle.class, text, Unrecognized);
    }
}
