package dev.cofferdam.policy;

import java.util.Locale;

/** The parts of a policy's permissions. */
public enum Permission {
    Storage,
    Network,
    Environment,
    Exec,
    Secrets,
    Resources;

    /** Its key in a policy. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
