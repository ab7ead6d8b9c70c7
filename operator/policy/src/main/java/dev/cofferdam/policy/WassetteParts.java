package dev.cofferdam.policy;

import dev.cofferdam.policy.match.Text;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a Wassette policy file may carry and a sandbox of ours is not told by: refused by name, with what to do instead. What only restates what always holds
 * (spec.permissions.runtime.docker.security) is accepted.
 */
final class WassetteParts {
    private static final String RUNTIME = "spec.permissions.runtime";
    private static final String SECURITY = RUNTIME + ".docker.security";

    private final Problems problems;

    WassetteParts(Problems problems) {
        this.problems = problems;
    }

    /** Takes out of the keys those that are dealt with here. */
    void check(Map<String, Object> keys) {
        refuse(
                keys,
                "ipc",
                "spec.permissions.ipc",
                "runs have no way to each other but files and the network; grant those, and remove it");
        Map<String, Object> runtime = map(RUNTIME, keys.remove("runtime"));
        for (String other : List.of("wasm", "hyperlight")) {
            refuse(
                    runtime,
                    other,
                    RUNTIME + "." + other,
                    "tools run under gVisor, which spec.isolation names; remove it");
        }
        Map<String, Object> docker = map(RUNTIME + ".docker", runtime.remove("docker"));
        security(map(SECURITY, docker.remove("security")));
        problems.unknown(RUNTIME + ".docker", docker, "security");
        problems.unknown(RUNTIME, runtime, "docker");
    }

    private void security(Map<String, Object> security) {
        holds(security, "privileged", false, "no sandbox is privileged; write false, or remove it");
        holds(security, "no_new_privileges", true, "no sandbox gains privileges; write true, or remove it");
        Map<String, Object> capabilities = map(SECURITY + ".capabilities", security.remove("capabilities"));
        Object drop = capabilities.remove("drop");
        problems.require(
                drop == null || drop instanceof List<?> names && names.stream().allMatch(String.class::isInstance),
                SECURITY + ".capabilities.drop",
                "is not a list of names; write [ALL], or remove it");
        Object add = capabilities.remove("add");
        problems.require(
                add == null || add instanceof List<?> names && names.isEmpty(),
                SECURITY + ".capabilities.add",
                "adds what no sandbox has: all capabilities are dropped; remove it");
        problems.unknown(SECURITY + ".capabilities", capabilities, "drop, add");
        problems.unknown(SECURITY, security, "privileged, no_new_privileges, capabilities");
    }

    private void holds(Map<String, Object> keys, String key, boolean always, String otherwise) {
        Object written = keys.remove(key);
        problems.require(
                written == null || written.equals(always), SECURITY + "." + key, "cannot be had: " + otherwise);
    }

    private void refuse(Map<String, Object> keys, String key, String path, String instead) {
        if (keys.containsKey(key)) {
            keys.remove(key);
            problems.add(path, "is not served: " + instead);
        }
    }

    private Map<String, Object> map(String path, Object written) {
        Map<String, Object> copy = new TreeMap<>();
        if (written instanceof Map<?, ?> map) {
            map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        } else {
            problems.require(written == null, path, "is not a map of fields; write one, or remove it");
        }
        return copy;
    }

    /**
     * The older form of limits, {@code resources.cpu} in percent of a core and {@code resources.memory} in MiB, as quantities.
     *
     * @param resources the keys beside {@code limits}; those that are dealt with here are taken out
     * @param alreadyThere the limits that the newer form gives
     * @return by name; without those that are no numbers
     */
    Map<String, String> limits(Map<String, Object> resources, Set<String> alreadyThere) {
        String path = "spec.permissions.resources";
        refuse(resources, "io", path + ".io", "Kubernetes has no bound for it; remove it");
        Map<String, String> limits = new TreeMap<>();
        for (String name : List.of("cpu", "memory")) {
            Object written = resources.remove(name);
            if (written == null) {
                continue;
            }
            boolean cpu = name.equals("cpu");
            if (alreadyThere.contains(name)) {
                problems.add(
                        path + "." + name, "is given a second time, beside limits." + name + "; write it once, there");
            } else if (!(written instanceof Number number) || !Double.isFinite(number.doubleValue())) {
                problems.add(
                        path + "." + name,
                        Text.quoted(String.valueOf(written)) + " is not a number of "
                                + (cpu ? "percent of a core" : "MiB") + "; write one, or a quantity as limits." + name);
            } else {
                BigDecimal amount = new BigDecimal(number.toString());
                limits.put(name, cpu ? amount.movePointLeft(2).toPlainString() : amount.toPlainString() + "Mi");
            }
        }
        return limits;
    }
}
