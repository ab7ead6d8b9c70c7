package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** What kind of thing went wrong. */
public enum ErrorKind {
    Capability,
    Runtime,
    Timeout,
    Memory,
    Configuration,
    Registry,
    Infrastructure,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static ErrorKind of(String text) {
        return Unrecognizable.parse(ErrorKind.class, text, Unrecognized);
    }
}
