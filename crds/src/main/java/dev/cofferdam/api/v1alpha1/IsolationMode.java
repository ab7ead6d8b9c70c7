package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** Whether a run may go without its runtime class. It may not. */
public enum IsolationMode {
    Required,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static IsolationMode of(String text) {
        return Unrecognizable.parse(IsolationMode.class, text, Unrecognized);
    }
}
