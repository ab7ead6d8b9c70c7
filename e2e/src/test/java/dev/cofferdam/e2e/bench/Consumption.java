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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
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
        Pod pod = Tenant.systemPods(part).getFirst();
        return first(() -> stats(pod).stream()
                .flatMap(stats -> StreamSupport.stream(stats.path("containers").spliterator(), false))
                .filter(stats -> isSince(stats, asked))
                .findFirst()
                .map(stats ->
                        new Consumption(cpu(stats), stats.at("/memory/rssBytes").asLong())));
    }

    /** The processor time of whole pods, with what a sandbox needs around its containers: of looks that are not older than this call, in the order of the pods. */
    static List<Duration> ofProcessor(List<Pod> pods) {
        Instant asked = Instant.now();
        return pods.stream()
                .map(pod -> first(
                        () -> stats(pod).filter(stats -> isSince(stats, asked)).map(Consumption::cpu)))
                .toList();
    }

    private static <T> T first(Callable<Optional<T>> look) {
        return await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofSeconds(1))
                .until(look, Optional::isPresent)
                .orElseThrow();
    }

    private static boolean isSince(JsonNode stats, Instant asked) {
        return stats.at("/cpu/time").isTextual()
                && !Instant.parse(stats.at("/cpu/time").asText()).isBefore(asked);
    }

    private static Duration cpu(JsonNode stats) {
        return Duration.ofNanos(stats.at("/cpu/usageCoreNanoSeconds").asLong());
    }

    private static Optional<JsonNode> stats(Pod pod) {
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
                .findFirst();
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
