package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** How a stream is written in the object: UTF8 where its bytes are that, else Base64. */
public enum OutputEncoding {
    UTF8,
    Base64,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static OutputEncoding of(String text) {
        return Unrecognizable.parse(OutputEncoding.class, text, Unrecognized);
    }
}
