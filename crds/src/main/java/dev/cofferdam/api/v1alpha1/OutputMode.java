package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** What becomes of a run whose tool writes more than is kept. */
public enum OutputMode {
    /** What is kept is the beginning, and that is no failure. */
    Truncate,
    /** The run fails. */
    Fail,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static OutputMode of(String text) {
        return Unrecognizable.parse(OutputMode.class, text, Unrecognized);
    }
}
