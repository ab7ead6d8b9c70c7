package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** Whether the tool is to run. */
public enum RunMode {
    Run,
    DecideOnly,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static RunMode of(String text) {
        return Unrecognizable.parse(RunMode.class, text, Unrecognized);
    }
}
