package dev.cofferdam.e2e.bench;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * What one of our parts has used, by the kubelet's word.
 *
 * @param cpu processor time since its start
 * @param rss anonymous memory, bytes
 */
record Consumption(Duration cpu, long rss) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double MEBIBYTE = 1 << 20;

    /** The kubelet looks every ten seconds or so: waits for a look that is not older than this call. */
    static Consumption of(String part) {
        Instant asked = Instant.now();
        return await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> look(part, asked), Optional::isPresent)
                .orElseThrow();
    }

    private static Optional<Consumption> look(String part, Instant notBefore) {
        Pod pod = Tenant.systemPods(part).getFirst();
        JsonNode summary = read(Caller.ADMIN
                .send(
                        "GET",
                        "/api/v1/nodes/" + pod.getSpec().getNodeName()
                                + "/proxy/stats/summary?only_cpu_and_memory=true",
                        "",
                        "")
                .body());
        return StreamSupport.stream(summary.path("pods").spliterator(), false)
                .filter(stats -> stats.at("/podRef/uid")
                        .asText()
                        .equals(pod.getMetadata().getUid()))
                .flatMap(stats -> StreamSupport.stream(stats.path("containers").spliterator(), false))
                .filter(stats -> stats.at("/cpu/time").isTextual()
                        && !Instant.parse(stats.at("/cpu/time").asText()).isBefore(notBefore))
                .findFirst()
                .map(stats -> new Consumption(
                        Duration.ofNanos(stats.at("/cpu/usageCoreNanoSeconds").asLong()),
                        stats.at("/memory/rssBytes").asLong()));
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Seconds of a processor for a thousand of what was done since, extrapolated from {@code times}. */
    double secondsPerThousand(Consumption before, int times) {
        return cpu.minus(before.cpu).toMillis() / (double) times;
    }

    String mebibytes() {
        return Math.round(rss / MEBIBYTE) + " MiB";
    }
}
