package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** How far the authors of the tools are trusted. */
public enum Trust {
    SemiTrusted,
    Untrusted,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static Trust of(String text) {
        return Unrecognizable.parse(Trust.class, text, Unrecognized);
    }
}
