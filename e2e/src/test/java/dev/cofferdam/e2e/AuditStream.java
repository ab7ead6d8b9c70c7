package dev.cofferdam.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The audit lines that a part of Cofferdam wrote to its log about one run. */
final class AuditStream {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern EVENT = Pattern.compile("^\\{\"timestamp\":.*,\"run_uid\":\"([^\"]+)\"");
    private static final Duration CLOCKS = Duration.ofMinutes(1);

    private AuditStream() {}

    static List<Map<String, Object>> of(String part, ToolRun run) {
        return lines(part, run).stream().map(AuditStream::parse).toList();
    }

    /** The same as they stand there. */
    static List<String> lines(String part, ToolRun run) {
        return Tenant.systemPods(part).stream()
                .flatMap(pod -> lines(pod, run).stream())
                .toList();
    }

    /** Those about any of these runs, as they stand there. */
    static List<String> lines(String part, List<ToolRun> runs) {
        return Tenant.systemPods(part).stream()
                .flatMap(pod -> about(runs, log(pod, runs)).stream())
                .toList();
    }

    /** Of lines of a log, those that are events of any of these runs. */
    static List<String> about(List<ToolRun> runs, Stream<String> log) {
        Set<String> uids = runs.stream().map(run -> run.getMetadata().getUid()).collect(Collectors.toSet());
        return log.filter(line -> {
                    Matcher event = EVENT.matcher(line);
                    return event.find() && uids.contains(event.group(1));
                })
                .toList();
    }

    /** Those that one pod of it wrote, since its container started. */
    static List<String> lines(Pod pod, ToolRun run) {
        return log(pod, List.of(run))
                .filter(line -> line.contains(run.getMetadata().getUid()) && line.contains("\"event_type\""))
                .toList();
    }

    /** For how many attempts an event stands: what was seen again is told with how often it was. */
    static long times(Map<String, Object> event) {
        Object count = event.get("detail") instanceof Map<?, ?> detail ? detail.get("count") : null;
        return count == null ? 1 : Long.parseLong((String) count);
    }

    /** How often the gateways that are there heard of each of these runs that its tool had started. */
    static Map<String, Long> starts(List<ToolRun> runs) {
        return lines(Names.GATEWAY, runs).stream()
                .map(AuditStream::parse)
                .filter(event -> "start".equals(event.get("action")))
                .collect(Collectors.groupingBy(event -> (String) event.get("run_uid"), Collectors.counting()));
    }

    /** What a pod has logged since the first of these runs was made. A node's clock may be another one. */
    private static Stream<String> log(Pod pod, List<ToolRun> runs) {
        Instant since = runs.stream()
                .map(run -> Instant.parse(run.getMetadata().getCreationTimestamp()))
                .min(Comparator.naturalOrder())
                .orElseThrow()
                .minus(CLOCKS);
        return TestCluster.Holder.client()
                .pods()
                .resource(pod)
                .sinceTime(since.toString())
                .getLog()
                .lines();
    }

    static Map<String, Object> parse(String line) {
        try {
            return JSON.readValue(line, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new AssertionError("not a line of JSON: " + line, e);
        }
    }
}
