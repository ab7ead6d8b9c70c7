package dev.cofferdam.policy;

import java.util.Optional;
import java.util.stream.Stream;

/** Kinds of what a capability lets a tool do. */
public enum CapabilityType {
    FILE_READ("fs_read", Permission.Storage),
    FILE_WRITE("fs_write", Permission.Storage),
    NETWORK_CONNECT("net_http", Permission.Network),
    SECRET_ACCESS("secret_access", Permission.Secrets),
    EXTERNAL_COMMAND("exec_run", Permission.Exec);

    private final String otherSpelling;
    private final Permission permission;

    CapabilityType(String otherSpelling, Permission permission) {
        this.otherSpelling = otherSpelling;
        this.permission = permission;
    }

    /** The list of a policy that must grant the same. */
    Permission permission() {
        return permission;
    }

    static Optional<CapabilityType> of(String text) {
        return Stream.of(values())
                .filter(type -> type.name().equals(text) || type.otherSpelling.equals(text))
                .findFirst();
    }
}
