package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.EnvironmentPermissions;
import dev.cofferdam.api.v1alpha1.EnvironmentRule;
import dev.cofferdam.api.v1alpha1.ExecPermissions;
import dev.cofferdam.api.v1alpha1.NetworkPermissions;
import dev.cofferdam.api.v1alpha1.Permissions;
import dev.cofferdam.api.v1alpha1.ResourceLimits;
import dev.cofferdam.api.v1alpha1.ResourcePermissions;
import dev.cofferdam.api.v1alpha1.StoragePermissions;
import dev.cofferdam.policy.match.Text;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the tools are granted, from what a policy says under {@code spec.permissions}. */
final class PermissionsCompiler {
    private static final String PATH = "spec.permissions";
    private static final String RESOURCES = PATH + ".resources";
    private static final int ENVIRONMENT_MOST = 256;

    /** What is granted, whole or not at all: of no use where there are problems. */
    record Permitted(SortedSet<String> environment, Limits limits, Grants grants) {}

    private final Problems problems;
    private final Served served;

    PermissionsCompiler(Problems problems, Served served) {
        this.problems = problems;
        this.served = served;
    }

    Permitted compile(Permissions written) {
        Map<String, Object> keys = new TreeMap<>(written.unknown());
        Sections sections = new Sections(problems);
        Grants grants = new Grants(
                Optional.ofNullable(written.network())
                        .or(() -> sections.read(
                                NetworkGrant.PATH, keys.remove(Permission.Network.key()), NetworkPermissions.class))
                        .map(new NetworkCompiler(problems)::compile)
                        .orElse(NetworkGrant.NOTHING),
                Optional.ofNullable(written.storage())
                        .or(() -> sections.read(
                                StorageGrant.PATH, keys.remove(Permission.Storage.key()), StoragePermissions.class))
                        .map(new StorageCompiler(problems)::compile)
                        .orElse(StorageGrant.NOTHING),
                exec(written.exec()),
                written.secrets() == null
                        ? SecretGrant.NOTHING
                        : new SecretsCompiler(problems).compile(written.secrets()));
        served(grants);
        new WassetteParts(problems).check(keys);
        problems.unknown(PATH, keys, "environment, exec, network, resources, runtime, secrets, storage");
        return new Permitted(environment(written.environment()), limits(written.resources()), grants);
    }

    /** What nobody enforces must not look as if it were: neither granted where it is closed, nor closed where it is open. */
    private void served(Grants grants) {
        served(Permission.Network, grants.network().isClosed(), "tools have no network");
        served(
                Permission.Exec,
                grants.exec().allow().commands().isEmpty()
                        || grants.exec().allow().commands().contains(Programs.ALL),
                "tools may start every program of their image");
        served(Permission.Secrets, grants.secrets().allow().isEmpty(), "runs get no secrets");
        if (!served.everyForm()) {
            new StorageForms(problems).check(grants.storage());
            new NetworkForms(problems).check(grants.network());
        }
    }

    private void served(Permission permission, boolean holdsAnyway, String instead) {
        problems.require(
                served.has(permission) || holdsAnyway,
                PATH + "." + permission.key() + ".allow",
                "is not served by this version: " + instead + "; remove it");
    }

    private ExecGrant exec(ExecPermissions written) {
        return written == null ? ExecGrant.NOTHING : new ProgramsCompiler(problems).compile(written);
    }

    private SortedSet<String> environment(EnvironmentPermissions written) {
        SortedSet<String> keys = new TreeSet<>();
        if (written == null) {
            return keys;
        }
        String path = PATH + ".environment";
        problems.unknown(path, written.unknown(), "allow");
        problems.atMost(ENVIRONMENT_MOST, written.allow().size(), "rules", path + ".allow");
        for (int at = 0; at < written.allow().size(); at++) {
            EnvironmentRule rule = written.allow().get(at);
            String where = path + ".allow[" + at + "]";
            problems.unknown(where, rule.unknown(), "key");
            problems.require(
                    Text.isVariable(rule.key()),
                    where + ".key",
                    Text.quoted(rule.key())
                            + " is not the name of a variable; write one exact name, without '=', '*' and blanks");
            if (Text.isVariable(rule.key())) {
                keys.add(rule.key());
            }
        }
        return keys;
    }

    private Limits limits(ResourcePermissions written) {
        if (written == null) {
            return Limits.DEFAULTS;
        }
        ResourceLimits limits = written.limits() == null
                ? new ResourceLimits(null, null, null, null, null, null, null, null, null, null)
                : written.limits();
        Map<String, Object> keys = new TreeMap<>(written.unknown());
        Set<String> given = new TreeSet<>();
        if (limits.cpu() != null) {
            given.add("cpu");
        }
        if (limits.memory() != null) {
            given.add("memory");
        }
        Map<String, String> older = new WassetteParts(problems).limits(keys, given);
        problems.unknown(RESOURCES, keys, "limits");
        return new LimitsCompiler(problems)
                .compile(new ResourceLimits(
                        quantity(older, "cpu", limits.cpu()),
                        quantity(older, "memory", limits.memory()),
                        limits.timeout(),
                        limits.cpuTime(),
                        limits.processes(),
                        limits.openFiles(),
                        limits.outputBytes(),
                        limits.workspaceBytes(),
                        limits.network(),
                        limits.unknown()));
    }

    private static Quantity quantity(Map<String, String> older, String name, Quantity newer) {
        return older.containsKey(name) ? new Quantity(older.get(name)) : newer;
    }
}
