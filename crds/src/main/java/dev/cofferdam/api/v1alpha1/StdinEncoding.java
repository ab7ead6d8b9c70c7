package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** How stdin is written in the object. */
public enum StdinEncoding {
    UTF8,
    Base64,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static StdinEncoding of(String text) {
        return Unrecognizable.parse(StdinEncoding.class, text, Unrecognized);
    }
}
