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

    /** The first node that is not a simulated one. */
    static String description(KubernetesClient client) {
        List<Node> nodes = client.nodes().withoutLabel("type", "kwok").list().getItems();
        NodeSystemInfo info = nodes.getFirst().getStatus().getNodeInfo();
        var capacity = nodes.getFirst().getStatus().getCapacity();
        long memory = Quantity.getAmountInBytes(capacity.get("memory")).longValue() / MEBIBYTE;
        return Report.table(List.of(
                List.of("", ""),
                List.of("nodes", Integer.toString(nodes.size())),
                List.of("processors", capacity.get("cpu") + " × " + processor()),
                List.of("memory", memory + " MiB"),
                List.of("kernel", info.getKernelVersion() + ", " + info.getArchitecture()),
                List.of("Kubernetes", info.getKubeletVersion() + ", " + info.getContainerRuntimeVersion())));
    }

    static String moment() {
        return "Measured on %s; the machine's load before that: %s.".formatted(LocalDate.now(ZoneOffset.UTC), load());
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
