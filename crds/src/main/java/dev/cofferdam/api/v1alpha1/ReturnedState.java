package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** Whether a file that a run asked for is there. */
public enum ReturnedState {
    Present,
    Missing,
    NotAFile,
    TooLarge,
    Unknown,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static ReturnedState of(String text) {
        return Unrecognizable.parse(ReturnedState.class, text, Unrecognized);
    }
}
