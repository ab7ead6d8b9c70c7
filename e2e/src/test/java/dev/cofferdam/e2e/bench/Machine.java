package dev.cofferdam.e2e.bench;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSystemInfo;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/** What was measured on. */
final class Machine {
    private static final long MEBIBYTE = 1 << 20;

    private Machine() {}

    /** When it is, and what is measured on: the first node that is not a simulated one. */
    static String moment(KubernetesClient client) {
        List<Node> nodes = client.nodes().withoutLabel("type", "kwok").list().getItems();
        NodeSystemInfo info = nodes.getFirst().getStatus().getNodeInfo();
        var capacity = nodes.getFirst().getStatus().getCapacity();
        long memory = Quantity.getAmountInBytes(capacity.get("memory")).longValue() / MEBIBYTE;
        return """
                Measured on %s on %d node with %s × %s, %d MiB, kernel %s, %s, Kubernetes %s, %s; the machine's load before that: %s.""".formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        nodes.size(),
                        capacity.get("cpu"),
                        processor(),
                        memory,
                        info.getKernelVersion(),
                        info.getArchitecture(),
                        info.getKubeletVersion(),
                        info.getContainerRuntimeVersion(),
                        load());
    }

    /** Of the machine that measures; with the local cluster the node is the same machine. */
    private static String processor() {
        return lines("/proc/cpuinfo").stream()
                .filter(line -> line.startsWith("model name"))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse("unknown");
    }

    /** Mean number of processes that wanted a processor in the last minute, beside what is measured. */
    private static String load() {
        List<String> lines = lines("/proc/loadavg");
        return lines.isEmpty() ? "unknown" : lines.getFirst().split(" ")[0];
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            return List.of();
        }
    }
}
