package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** An independent boundary that was in force for the run. */
public enum Layer {
    Admission,
    Decision,
    GVisor,
    NetworkPolicy,
    Box,
    Gateway,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static Layer of(String text) {
        return Unrecognizable.parse(Layer.class, text, Unrecognized);
    }
}
