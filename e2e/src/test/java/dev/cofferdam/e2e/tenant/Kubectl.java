package dev.cofferdam.e2e.tenant;

import dev.cofferdam.e2e.cluster.TestCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What a person with kubectl sees. */
public final class Kubectl {
    /** For a command that waits by itself. */
    public static final String PATIENCE = "--timeout=" + Tenant.PATIENCE.toSeconds() + "s";

    /** By then any command has ended. */
    private static final Duration END = Tenant.PATIENCE.plusMinutes(1);

    private Kubectl() {}

    /** Exit code and everything printed, standard error behind standard output. */
    public record Answer(int exitCode, String text) {}

    public static Answer kubectl(String... arguments) {
        return kubectl("", List.of(arguments));
    }

    /** Starts one that goes on; what it prints is in the file, but for its errors, which are on ours. */
    public static Process following(Path file, String... arguments) {
        try {
            return new ProcessBuilder(command(List.of(arguments)))
                    .redirectOutput(file.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> command(List<String> arguments) {
        return Stream.concat(
                        Stream.of(
                                System.getenv().getOrDefault("KUBECTL", "kubectl"),
                                "--kubeconfig=" + TestCluster.shared().kubeconfig()),
                        arguments.stream())
                .toList();
    }

    public static Answer kubectl(String stdin, List<String> arguments) {
        List<String> command = command(arguments);
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var in = process.getOutputStream()) {
                in.write(stdin.getBytes(StandardCharsets.UTF_8));
            }
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(END)) {
                process.destroyForcibly();
                throw new IllegalStateException("kubectl did not end: " + command);
            }
            return new Answer(process.exitValue(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
