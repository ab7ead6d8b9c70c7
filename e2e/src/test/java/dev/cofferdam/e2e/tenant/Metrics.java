package dev.cofferdam.e2e.tenant;

import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What our own parts count, by the API server's proxy: nobody else may ask them here. */
public final class Metrics {
    private Metrics() {}

    /** Of all replicas of a part, one after the other. */
    public static String of(String part) {
        return Tenant.systemPods(part).stream().map(Metrics::of).collect(Collectors.joining("\n"));
    }

    /**
     * The value of one sample, 0 where there is none. Others may make it larger meanwhile.
     *
     * @param part of which there is one replica
     * @param sample with all its labels, as it is written there
     */
    public static double value(String part, String sample) {
        Matcher line = Pattern.compile("^" + Pattern.quote(sample) + " (\\S+)", Pattern.MULTILINE)
                .matcher(of(part));
        return line.find() ? Double.parseDouble(line.group(1)) : 0;
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
