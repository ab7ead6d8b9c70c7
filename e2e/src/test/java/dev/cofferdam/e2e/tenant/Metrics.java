package dev.cofferdam.e2e.tenant;

import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.stream.Collectors;

/** What our own parts count, by the API server's proxy: nobody else may ask them here. */
public final class Metrics {
    private Metrics() {}

    /** Of all replicas of a part, one after the other. */
    public static String of(String part) {
        return Tenant.systemPods(part).stream().map(Metrics::of).collect(Collectors.joining("\n"));
    }

    public static String of(Pod pod) {
        return Kubectl.kubectl(
                        "get",
                        "--raw",
                        "/api/v1/namespaces/" + Names.SYSTEM_NAMESPACE + "/pods/"
                                + pod.getMetadata().getName() + ":9000/proxy/q/metrics")
                .text();
    }
}
