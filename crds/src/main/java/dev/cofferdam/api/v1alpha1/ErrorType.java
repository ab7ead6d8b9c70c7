package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;

/** The class of the error. */
public enum ErrorType {
    CapabilityError,
    ExternalCommandError,
    SecretAccessError,
    SandboxViolationError,
    ExecutionError,
    ConfigurationError,
    RegistryError,
    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static ErrorType of(String text) {
        return Unrecognizable.parse(ErrorType.class, text, Unrecognized);
    }
}
