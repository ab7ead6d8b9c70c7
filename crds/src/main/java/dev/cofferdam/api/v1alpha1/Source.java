package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** Where a tool comes from. */
public enum Source {
    Hardcoded,
    AgentGenerated,
    External,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static Source of(String text) {
        return Unrecognizable.parse(Source.class, text, Unrecognized);
    }
}
