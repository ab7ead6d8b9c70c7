package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** How the supervisor reached the tool's pod. */
public enum SupervisorSource {
    ImageVolume,
    InitContainer,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static SupervisorSource of(String text) {
        return Unrecognizable.parse(SupervisorSource.class, text, Unrecognized);
    }
}
