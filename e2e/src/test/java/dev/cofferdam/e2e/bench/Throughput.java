package dev.cofferdam.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;

/**
 * How many bytes a second came to one pod, and what they cost.
 *
 * @param one a second, by one connection
 * @param many a second, by many at once
 * @param sandbox seconds of a processor that its pod used for each GiB
 * @param gateway the same of the gateway
 * @param server the same of the server
 */
record Throughput(double one, double many, double sandbox, double gateway, double server) {
    static final int CONNECTIONS = 50;
    static final int BYTES_EACH = 8 << 20;

    /** As long as the kubelet may take to look at all of them. */
    static final int PAUSE_SECONDS = 30;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double MEBIBYTE = 1 << 20;
    private static final double GIBIBYTES = 2.0 * CONNECTIONS * BYTES_EACH / (1 << 30);

    /** @param measuring runs the program of that name, with the two numbers above and so long a pause */
    static Throughput of(PlainPod measuring, PlainPod server) {
        List<Pod> pods =
                List.of(measuring.pod(), Tenant.systemPods(Names.GATEWAY).getFirst(), server.pod());
        measuring.untilSaid("ready");
        List<Duration> before = Consumption.ofProcessor(pods);
        if (measuring.said().contains("}")) {
            throw new AssertionError("it measured before the kubelet had looked: the pause is too short");
        }
        JsonNode rates = json(measuring
                .untilSaid("}")
                .lines()
                .filter(line -> line.startsWith("{"))
                .findFirst()
                .orElseThrow());
        List<Duration> after = Consumption.ofProcessor(pods);
        return new Throughput(
                rates.path("one").asDouble(),
                rates.path("many").asDouble(),
                cost(before, after, 0),
                cost(before, after, 1),
                cost(before, after, 2));
    }

    private static double cost(List<Duration> before, List<Duration> after, int which) {
        return after.get(which).minus(before.get(which)).toMillis() / 1000.0 / GIBIBYTES;
    }

    List<String> row(String... first) {
        return List.of(
                first[0],
                first[1],
                rate(one),
                rate(many),
                Report.number(sandbox),
                Report.number(gateway),
                Report.number(server));
    }

    private static String rate(double bytes) {
        return Math.round(bytes / MEBIBYTE) + " MiB/s";
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
