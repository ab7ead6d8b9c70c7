package dev.cofferdam.e2e.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Processes of the local cluster's node, which is this machine. */
public final class NodeProcesses {
    private static final Path RESTART = Path.of("cluster", "restart").toAbsolutePath();

    private NodeProcesses() {}

    /** The kernel of a pod's sandbox; its cgroup is named by the pod's UID. */
    public static List<Long> sandbox(Pod pod) {
        return find(process -> process.command().startsWith("runsc-sandbox") && process.isOf(pod));
    }

    /** The kernels of all sandboxes of the node. */
    public static List<Long> sandboxes() {
        return find(process -> process.command().startsWith("runsc-sandbox"));
    }

    /** The programs of a pod that runs without a sandbox, by what their command line begins with. */
    public static List<Long> program(Pod pod, String command) {
        return find(process -> process.command().startsWith(command) && process.isOf(pod));
    }

    /** A daemon of the cluster whose kubeconfig this is. */
    public static List<Long> daemon(String name, Path kubeconfig) {
        String state = kubeconfig.getParent().getParent().toString();
        return find(process ->
                process.command().startsWith(name + "\0") && process.command().contains(state));
    }

    /** Sends a signal, by its name without SIG, to each; there must be one at least. */
    public static void signal(String name, List<Long> pids) {
        if (pids.isEmpty()) {
            throw new AssertionError("no such process");
        }
        for (long pid : pids) {
            carryOut("kill", "-" + name, Long.toString(pid));
        }
    }

    /**
     * Stops processes where they are for so long, and has them go on: whoever asks them anything meanwhile has no answer, and no refusal either. They go on, too, if this
     * process is killed meanwhile, alone or with its group: one of a session of its own sees to both.
     */
    public static void pause(List<Long> pids, Duration length) {
        if (pids.isEmpty()) {
            throw new AssertionError("no such process");
        }
        String all = pids.stream().map(String::valueOf).collect(Collectors.joining(" "));
        carryOut(
                "setsid",
                "--wait",
                "sh",
                "-c",
                "kill -STOP %s && sleep %d; kill -CONT %s".formatted(all, length.toSeconds(), all));
    }

    /** Kills daemons of the local cluster, all at once, and starts them again in the order in which they are named. */
    public static void restart(String... daemons) {
        List<String> command = new ArrayList<>(List.of(RESTART.toString()));
        command.addAll(List.of(daemons));
        carryOut(command.toArray(String[]::new));
    }

    private static void carryOut(String... command) {
        try {
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                throw new AssertionError("failed: " + String.join(" ", command));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private record Process(Path folder) {
        String command() {
            return read("cmdline");
        }

        boolean isOf(Pod pod) {
            return read("cgroup").contains("pod" + pod.getMetadata().getUid());
        }

        private String read(String file) {
            try {
                return Files.readString(folder.resolve(file));
            } catch (IOException e) {
                return ""; // ended meanwhile
            }
        }
    }

    private static List<Long> find(Predicate<Process> wanted) {
        try (Stream<Path> folders = Files.list(Path.of("/proc"))) {
            return folders.filter(
                            folder -> folder.getFileName().toString().chars().allMatch(Character::isDigit))
                    .filter(folder -> wanted.test(new Process(folder)))
                    .map(folder -> Long.parseLong(folder.getFileName().toString()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
