package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** What became of a file. */
public enum Change {
    Added,
    Modified,
    Deleted,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static Change of(String text) {
        return Unrecognizable.parse(Change.class, text, Unrecognized);
    }
}
