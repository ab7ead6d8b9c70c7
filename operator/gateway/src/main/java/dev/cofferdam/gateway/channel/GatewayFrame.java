package dev.cofferdam.gateway.channel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.api.v1alpha1.EnvironmentVariable;
import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.InlineFile;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.Origin;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One frame to a supervisor. */
public sealed interface GatewayFrame {
    /**
     * The one job that a pod gets.
     *
     * @param authority PEM of what the tool is to trust beside what its image does; empty where nothing is inspected
     */
    record Job(String session, dev.cofferdam.policy.Job job, Gate gate, Network network, String authority)
            implements GatewayFrame {
        @Override
        public String toString() {
            return "Job[secret]";
        }
    }

    /**
     * The supervisor sends all its frames again.
     *
     * @param gateway {@code ip:port} of the replica that takes the run's tunnels from now on; empty where nothing is allowed
     */
    record Resumed(String gateway) implements GatewayFrame {}

    /** The tool is killed now. */
    record Stop(String reason) implements GatewayFrame {}

    /** The tool stands still from now on, with all that it started, and is kept. */
    record Freeze(String reason) implements GatewayFrame {}

    /** The facts are in the API server. */
    record Stored() implements GatewayFrame {}

    /** Bound of a frame, in bytes. A run's spec is bounded to less by its schema. */
    int FRAME_BYTES_MOST = 1 << 20;

    /** The frame's text. */
    default String encode() {
        try {
            return JSON.writeValueAsString(
                    switch (this) {
                        case Job job -> tree(job);
                        case Resumed resumed -> ordered("type", "resumed", "gateway", resumed.gateway());
                        case Stop stop -> ordered("type", "stop", "reason", stop.reason());
                        case Freeze freeze -> ordered("type", "freeze", "reason", freeze.reason());
                        case Stored ignored -> Map.of("type", "stored");
                    });
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings, numbers and bytes always serialise", e);
        }
    }

    private static Map<String, Object> tree(Job frame) {
        dev.cofferdam.policy.Job job = frame.job();
        long scratch = job.limits().scratchBytes();
        List<Map<String, Object>> environment =
                job.environment().stream().map(GatewayFrame::tree).toList();
        return ordered(
                "type", "job",
                "session", frame.session(),
                "argv", job.argv(),
                "stdin", job.stdin(),
                "environment", environment,
                "secrets", job.secrets(),
                "limits",
                        ordered(
                                "timeoutMillis", job.limits().timeout().toMillis(),
                                "cpuTimeMillis",
                                        job.limits()
                                                .cpuTime()
                                                .map(Duration::toMillis)
                                                .orElse(0L),
                                "processes", job.limits().processes(),
                                "openFiles", job.limits().openFiles(),
                                "outputBytes", job.limits().outputBytes(),
                                "tmpBytes", scratch,
                                "workspaceBytes", job.limits().workspaceBytes()),
                "gate",
                        ordered(
                                "closed",
                                        frame.gate().closed().stream()
                                                .map(GatewayFrame::tree)
                                                .toList(),
                                "deadlineMillis", frame.gate().patience().toMillis()),
                "exec",
                        ordered(
                                "allow", job.exec().allow().commands(),
                                "allowJit", job.exec().allowJit()),
                "storage",
                        ordered(
                                "allow", storage(job.workspace().allow()),
                                "deny", storage(job.workspace().deny())),
                "workspace", tree(job.workspace()),
                "network", tree(frame.network()),
                "authority", frame.authority());
    }

    private static Map<String, Object> tree(dev.cofferdam.policy.Job.Files files) {
        return switch (files.origin()) {
            case Origin.Nothing ignored -> workspace("", "", List.of(), files);
            case Origin.Inline inline -> workspace("inline", "", inline.files(), files);
            case Origin.FromConfigMap ignored -> workspace("configMap", "", List.of(), files);
            case Origin.Volume volume -> workspace("volume", volume.subPath(), List.of(), files);
        };
    }

    private static Map<String, Object> workspace(
            String source, String subPath, List<InlineFile> files, dev.cofferdam.policy.Job.Files job) {
        return ordered(
                "source",
                source,
                "subPath",
                subPath,
                "files",
                files.stream().map(GatewayFrame::tree).toList(),
                "outputs",
                job.outputs(),
                "commit",
                job.commit());
    }

    private static Map<String, Object> tree(Network network) {
        return ordered(
                "gateway", network.gateway(),
                "allow", network.allow().stream().map(GatewayFrame::tree).toList(),
                "deny", network.deny().stream().map(GatewayFrame::tree).toList());
    }

    private static Map<String, Object> tree(Network.Rule rule) {
        return ordered("host", rule.host(), "cidr", rule.cidr(), "ports", rule.ports(), "protocol", rule.protocol());
    }

    private static Map<String, Object> tree(Gate.Address address) {
        return ordered("network", address.network(), "address", address.address());
    }

    private static Map<String, Object> tree(EnvironmentVariable variable) {
        return ordered("name", variable.name(), "value", variable.value());
    }

    private static List<Map<String, Object>> storage(List<GrantedFiles> rules) {
        return rules.stream()
                .map(rule -> ordered(
                        "uri",
                        rule.uri(),
                        "access",
                        rule.access().stream().map(StorageAccess::text).toList()))
                .toList();
    }

    private static Map<String, Object> tree(InlineFile file) {
        String content = file.content() == null ? "" : file.content();
        return ordered("path", file.path(), "content", content.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    /** Bytes become base64, as the contract has them. */
    JsonMapper JSON = JsonMapper.builder().build();
}
