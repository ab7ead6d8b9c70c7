package dev.cofferdam.controller.boot;

import java.util.Set;

/**
 * What the controller asks of the API server. The manifest grants exactly this; a test compares the two.
 *
 * @param group empty for the core group
 * @param resource with the subresource, if any, after a slash
 * @param name the only object that it is for; empty for all
 */
record Permission(String group, String resource, String name, Set<String> verbs) {
    /** In every namespace. */
    static final Set<Permission> CLUSTER = Set.of(
            new Permission("cofferdam.dev", "toolruns", "", Set.of("get", "list", "watch", "delete")),
            new Permission("cofferdam.dev", "toolruns/status", "", Set.of("patch")),
            new Permission("cofferdam.dev", "sandboxpolicies", "", Set.of("get", "list", "watch")),
            new Permission("cofferdam.dev", "sandboxpolicies/status", "", Set.of("patch")),
            new Permission("", "pods", "", Set.of("get", "list", "watch", "create", "delete")),
            new Permission("networking.k8s.io", "networkpolicies", "", Set.of("list", "watch", "create")),
            new Permission(
                    "networking.k8s.io", "networkpolicies", "cofferdam-sandboxes", Set.of("get", "update", "delete")),
            new Permission("coordination.k8s.io", "leases", "", Set.of("get", "list", "create", "update", "delete")),
            new Permission("node.k8s.io", "runtimeclasses", "", Set.of("get")),
            new Permission("", "nodes", "", Set.of("list")),
            new Permission("", "namespaces", "", Set.of("list", "watch")),
            new Permission("events.k8s.io", "events", "", Set.of("create")));

    /** In the system namespace. */
    static final Set<Permission> SYSTEM = Set.of(
            new Permission("coordination.k8s.io", "leases", "", Set.of("create")),
            new Permission("coordination.k8s.io", "leases", "cofferdam-controller", Set.of("get", "update", "patch")),
            new Permission("", "services", "cofferdam-gateway", Set.of("get")));
}
