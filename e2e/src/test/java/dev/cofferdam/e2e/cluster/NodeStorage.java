package dev.cofferdam.e2e.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** What the local cluster has stored: the keys of its etcd, past the API server, and the files of its node. */
public final class NodeStorage {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PAGE = 200;

    /** Where containerd and the kubelet write, but for etcd's own folder, which is read key by key. */
    private static final List<String> FOLDERS =
            List.of("containerd", "containerd-state", "kubelet", "pod-logs", "log", "run", "runsc", "cni");

    private final Path state;

    /** Of the cluster whose kubeconfig this is. */
    public NodeStorage(Path kubeconfig) {
        state = kubeconfig.getParent().getParent();
    }

    /** Deletes what gateways keep under this digest, as if their pods were gone; how many files that were. */
    public int forget(String sha256) {
        int forgotten = 0;
        for (Path file : contents()) {
            if (file.toString().endsWith(sha256)) {
                try {
                    forgotten += Files.deleteIfExists(file) ? 1 : 0;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return forgotten;
    }

    /** What gateways keep of runs: a file for each. */
    public List<Path> contents() {
        try (Stream<Path> pods = Files.list(state.resolve("kubelet").resolve("pods"))) {
            List<Path> all = new ArrayList<>();
            for (Path pod : pods.toList()) {
                Path folder = pod.resolve("volumes/kubernetes.io~empty-dir/contents");
                if (Files.isDirectory(folder)) {
                    try (Stream<Path> files = Files.list(folder)) {
                        files.forEach(all::add);
                    }
                }
            }
            return all;
        } catch (NoSuchFileException gone) {
            return contents(); // a pod went meanwhile
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The keys of etcd whose values hold one of the texts. */
    public List<String> keysWith(Collection<String> texts) {
        List<String> found = new ArrayList<>();
        String from = "\0";
        for (boolean more = true; more; ) {
            JsonNode page = range(from);
            for (JsonNode entry : page.path("kvs")) {
                String key = decoded(entry.path("key"));
                String value = decoded(entry.path("value"));
                if (texts.stream().anyMatch(value::contains)) {
                    found.add(key);
                }
                from = key + "\0";
            }
            more = page.path("more").asBoolean();
        }
        return found;
    }

    /** etcd listens inside the cluster's network namespace only. */
    private JsonNode range(String from) {
        String body = "{\"key\":\"%s\",\"range_end\":\"AA==\",\"limit\":%d}".formatted(encoded(from), PAGE);
        try {
            JsonNode answer = JSON.readTree(output(List.of(
                    "nsenter",
                    "--net=" + state.resolve("netns"),
                    "curl",
                    "--silent",
                    "--fail",
                    "--max-time",
                    "60",
                    "--data",
                    body,
                    "http://127.0.0.1:2379/v3/kv/range")));
            if (!answer.has("kvs")) {
                throw new AssertionError("etcd did not answer: " + answer);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The files of the node that were written since {@code mark} was and hold one of the texts; binary ones, too. */
    public List<Path> filesWith(Collection<String> texts, Path mark) {
        List<String> command = new ArrayList<>(List.of("find"));
        FOLDERS.forEach(folder -> command.add(state.resolve(folder).toString()));
        command.addAll(List.of("-type", "f", "-newer", mark.toString(), "-exec", "grep", "-lFa"));
        texts.forEach(text -> command.addAll(List.of("-e", text)));
        command.addAll(List.of("{}", "+"));
        return new String(output(command), StandardCharsets.UTF_8)
                .lines()
                .map(Path::of)
                .toList();
    }

    /** A new file, with which those that are newer can be told. */
    public Path mark() {
        try {
            return Files.createTempFile("cofferdam", ".mark");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] output(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            byte[] output = process.getInputStream().readAllBytes();
            process.waitFor(); // find and grep fail where a file has gone meanwhile
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String key) {
        return Base64.getEncoder().encodeToString(key.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Byte by byte: values are not always text. */
    private static String decoded(JsonNode base64) {
        return new String(Base64.getDecoder().decode(base64.asText()), StandardCharsets.ISO_8859_1);
    }
}
