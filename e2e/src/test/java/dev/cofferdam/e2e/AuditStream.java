package dev.cofferdam.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;

/** The audit lines that a part of Cofferdam wrote to its log about one run. */
final class AuditStream {
    private static final ObjectMapper JSON = new ObjectMapper();

    private AuditStream() {}

    static List<Map<String, Object>> of(String part, ToolRun run) {
        return lines(part, run).stream().map(AuditStream::parse).toList();
    }

    /** The same as they stand there. */
    static List<String> lines(String part, ToolRun run) {
        KubernetesClient client = TestCluster.Holder.client();
        return Tenant.systemPods(part).stream()
                .map(pod -> client.pods().resource(pod).getLog())
                .flatMap(String::lines)
                .filter(line -> line.contains(run.getMetadata().getUid()) && line.contains("\"event_type\""))
                .toList();
    }

    /** For how many attempts an event stands: what was seen again is told with how often it was. */
    static long times(Map<String, Object> event) {
        Object count = event.get("detail") instanceof Map<?, ?> detail ? detail.get("count") : null;
        return count == null ? 1 : Long.parseLong((String) count);
    }

    private static Map<String, Object> parse(String line) {
        try {
            return JSON.readValue(line, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new AssertionError("not a line of JSON: " + line, e);
        }
    }
}
