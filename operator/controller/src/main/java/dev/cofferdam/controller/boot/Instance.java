package dev.cofferdam.controller.boot;

import java.util.Map;
import java.util.UUID;

/** The name of this replica: its pod's, which Kubernetes gives as the host name. */
final class Instance {
    private static final String NAME = name(System.getenv());

    private Instance() {}

    static String name() {
        return NAME;
    }

    private static String name(Map<String, String> environment) {
        String host = environment.getOrDefault("HOSTNAME", "");
        return host.isEmpty() ? "cofferdam-controller-" + UUID.randomUUID() : host;
    }
}
