package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** Who decides that a run's changes are written into the volume that its workspace began with. In the order of how much is given. */
public enum Commit {
    /** Nobody: they stay in the sandbox. */
    Never,
    /** Somebody with the verb {@code commit}, after the end. */
    Manual,
    /** The end itself, where it was a success and nothing was denied; else as {@link #Manual}. */
    OnSuccess,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static Commit of(String text) {
        return Unrecognizable.parse(Commit.class, text, Unrecognized);
    }
}
