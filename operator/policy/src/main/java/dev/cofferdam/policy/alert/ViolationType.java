package dev.cofferdam.policy.alert;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What kind of thing was asked for and not granted, or could not be true. The table of docs/policy.md says when. */
public enum ViolationType {
    CapabilityRequest("capability_request"),
    EnvironmentRequest("environment_request"),
    SecretRequest("secret_request"),
    FileAccess("file_access"),
    NetworkAccess("network_access"),
    ProgramExecution("program_execution"),
    Arguments("arguments"),
    CredentialInSpec("credential_in_spec"),
    Tampering("tampering");

    private final String text;

    ViolationType(String text) {
        this.text = text;
    }

    /** As it is written in a condition. */
    public String text() {
        return text;
    }

    static Optional<ViolationType> of(String text) {
        return Arrays.stream(values()).filter(type -> type.text.equals(text)).findFirst();
    }

    static Set<String> texts() {
        return Arrays.stream(values()).map(ViolationType::text).collect(Collectors.toSet());
    }
}
