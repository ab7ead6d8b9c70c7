package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** What is at a path. */
public enum FileKind {
    File,
    Symlink,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static FileKind of(String text) {
        return Unrecognizable.parse(FileKind.class, text, Unrecognized);
    }
}
