package dev.cofferdam.gateway.boot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The keys of a ConfigMap or a Secret that is mounted, as the kubelet keeps them up to date. */
final class MountedKeys {
    private static final long BYTES_MOST = 1 << 20;

    /** Begins what the kubelet has there for itself, and no key. */
    private static final String KUBELETS_OWN = "..";

    private MountedKeys() {}

    /** What each holds; none where nothing is mounted. */
    static SortedMap<String, byte[]> of(Path folder) throws IOException {
        SortedMap<String, byte[]> keys = new TreeMap<>();
        if (!Files.isDirectory(folder)) {
            return keys;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String key = file.getFileName().toString();
                if (!key.startsWith(KUBELETS_OWN)) {
                    read(file, key, keys);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return keys;
    }

    private static void read(Path file, String key, Map<String, byte[]> into) throws IOException {
        try {
            if (Files.size(file) > BYTES_MOST) {
                throw new IOException(file + " has more than " + BYTES_MOST + " bytes");
            }
            into.put(key, Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            // Taken away since it was listed.
        }
    }

    static boolean areSame(Map<String, byte[]> one, Map<String, byte[]> other) {
        return one.keySet().equals(other.keySet())
                && one.entrySet().stream().allMatch(each -> Arrays.equals(each.getValue(), other.get(each.getKey())));
    }
}
