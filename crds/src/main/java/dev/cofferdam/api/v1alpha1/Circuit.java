package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** Whether runs of a tool are let through. */
public enum Circuit {
    /** They are. */
    Closed,
    /** They are not, until a time. */
    Open,
    /** Some are, to see how they fare. */
    HalfOpen,
    /** A value of another version of this API: never written. */
    Unrecognized;

    @JsonCreator
    static Circuit of(String text) {
        return Unrecognizable.parse(Circuit.class, text, Unrecognized);
    }
}
