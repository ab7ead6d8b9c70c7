package dev.cofferdam.e2e.tenant;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.stream.Collectors;

/** What a failed test leaves in its namespace, for whoever must find out why: its runs as they are, and what its pods and our parts said of them. */
final class Remains {
    private static final int RUN_SHOWN_MOST = 3_000;
    private static final int LOG_SHOWN_MOST = 1_500;

    private Remains() {}

    static String of(Tenant tenant) {
        return "what was there when the test failed, in " + tenant.namespace() + "\n" + runs(tenant) + pods(tenant)
                + part(tenant, "cofferdam-controller") + part(tenant, "cofferdam-gateway");
    }

    private static String runs(Tenant tenant) {
        return tenant.runs().stream()
                .map(run -> "-- run " + run.getMetadata().getName() + "\n"
                        + bounded(Serialization.asYaml(run.getStatus()), RUN_SHOWN_MOST))
                .collect(Collectors.joining());
    }

    private static String pods(Tenant tenant) {
        return tenant.pods().stream()
                .map(pod -> "-- pod " + pod.getMetadata().getName() + "\n"
                        + bounded(Serialization.asYaml(pod.getStatus().getContainerStatuses()), LOG_SHOWN_MOST)
                        + bounded(
                                tenant.kubectl("logs", pod.getMetadata().getName())
                                        .text(),
                                LOG_SHOWN_MOST))
                .collect(Collectors.joining());
    }

    private static String part(Tenant tenant, String part) {
        return Tenant.systemPods(part).stream()
                .map(pod -> "-- " + pod.getMetadata().getName() + "\n"
                        + bounded(
                                Kubectl.kubectl(
                                                "--namespace="
                                                        + pod.getMetadata().getNamespace(),
                                                "logs",
                                                pod.getMetadata().getName())
                                        .text()
                                        .lines()
                                        .filter(line -> line.contains(tenant.namespace()))
                                        .collect(Collectors.joining("\n")),
                                2 * LOG_SHOWN_MOST))
                .collect(Collectors.joining());
    }

    /** The end of a text tells why. */
    private static String bounded(String text, int most) {
        return (text.length() <= most ? text : "… " + text.substring(text.length() - most)) + "\n";
    }
}
