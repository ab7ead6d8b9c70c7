package dev.cofferdam.e2e;

import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a collector of logs has of a part, whatever becomes of it: all that its containers wrote, also those that were killed, and those whose pods are gone. */
final class CollectedLog implements AutoCloseable {
    /** A container of a pod that has as many before it. */
    private record Start(String pod, int restarts) {
        Start before() {
            return new Start(pod, restarts - 1);
        }
    }

    private final Map<Start, Path> files = new LinkedHashMap<>();
    private final List<Process> following = new ArrayList<>();
    private final String part;
    private final Path folder;

    CollectedLog(String part, Path folder) {
        this.part = part;
        this.folder = folder;
    }

    /** To be asked before a pod is told to go, and after one of its containers was killed. */
    void look() {
        for (Pod pod : Tenant.systemPods(part)) {
            if (pod.getMetadata().getDeletionTimestamp() != null) {
                continue;
            }
            for (ContainerStatus container : pod.getStatus().getContainerStatuses()) {
                Start start = new Start(pod.getMetadata().getName(), container.getRestartCount());
                if (files.containsKey(start) || !Boolean.TRUE.equals(container.getStarted())) {
                    continue;
                }
                if (start.restarts() > 0) {
                    readWhole(start.before());
                }
                follow(start);
            }
        }
    }

    /** One that has ended, also where it ended before it could be followed. */
    private void readWhole(Start ended) {
        Path whole = folder.resolve("whole-" + files.size());
        files.put(ended, whole);
        waitFor(Kubectl.following(whole, arguments(ended, "--previous")));
    }

    /** One that goes on, and may be gone the next time. Whoever has started has written something. */
    private void follow(Start start) {
        Path file = folder.resolve("followed-" + files.size());
        files.put(start, file);
        following.add(Kubectl.following(file, arguments(start, "--follow")));
        await().atMost(Tenant.PATIENCE).until(() -> Files.size(file) > 0);
    }

    private static String[] arguments(Start start, String option) {
        return new String[] {"--namespace=" + Names.SYSTEM_NAMESPACE, "logs", start.pod(), option};
    }

    private static void waitFor(Process process) {
        try {
            if (process.waitFor() != 0) {
                throw new AssertionError("kubectl logs has failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** All that was written so far, container by container, in the order of their starts. */
    Stream<String> lines() {
        return files.values().stream().flatMap(CollectedLog::read);
    }

    private static Stream<String> read(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        following.forEach(Process::destroy);
    }
}
