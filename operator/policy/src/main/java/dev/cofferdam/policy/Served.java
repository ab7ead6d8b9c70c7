package dev.cofferdam.policy;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * The permissions that the enforcing parts can enforce. What asks for another one makes a policy not ready; what demands only what holds anyway does not.
 *
 * @param everyForm whether also those rules about files are taken that {@link StorageForms} refuses
 */
public record Served(Set<Permission> permissions, boolean everyForm) {
    /** What this version of the controller, the gateway and the supervisor enforces. */
    public static final Served NOW = new Served(
            EnumSet.of(
                    Permission.Environment,
                    Permission.Exec,
                    Permission.Network,
                    Permission.Resources,
                    Permission.Secrets,
                    Permission.Storage),
            false);

    /** What the engine understands. */
    public static final Served ALL = new Served(EnumSet.allOf(Permission.class), true);

    public Served {
        permissions = Collections.unmodifiableSet(EnumSet.copyOf(permissions));
    }

    boolean has(Permission permission) {
        return permissions.contains(permission);
    }
}
