package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** What the policy said. */
public enum Verdict {
    Allowed,
    Denied,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static Verdict of(String text) {
        return Unrecognizable.parse(Verdict.class, text, Unrecognized);
    }
}
