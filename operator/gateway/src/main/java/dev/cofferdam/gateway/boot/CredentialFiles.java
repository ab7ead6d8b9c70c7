package dev.cofferdam.gateway.boot;

import dev.cofferdam.gateway.egress.credentials.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** The admin's credentials and what is declared of them, as the kubelet keeps them up to date. Neither need be there. */
final class CredentialFiles {
    private static final Logger LOG = Logger.getLogger(CredentialFiles.class);
    private static final long BYTES_MOST = 1 << 20;

    private final Path declarations;
    private final Path values;
    private byte[] declared = new byte[0];
    private Map<String, byte[]> given = Map.of();

    CredentialFiles(Path folder) {
        this.declarations = folder.resolve("declared").resolve("credentials.yaml");
        this.values = folder.resolve("values");
    }

    /** Has what is new used. What cannot be read leaves none: what is not declared may not be used. */
    synchronized void follow(Credentials credentials) {
        try {
            byte[] nowDeclared = read(declarations);
            Map<String, byte[]> nowGiven = values();
            if (Arrays.equals(nowDeclared, declared) && same(nowGiven, given)) {
                return;
            }
            declared = nowDeclared;
            given = nowGiven;
            LOG.infof(
                    "%d credentials are declared, of %d that are given",
                    credentials.use(declared, given), given.size());
        } catch (IOException | IllegalArgumentException e) {
            LOG.errorf("no credential can be used: %s: %s", declarations, e.getMessage());
        }
    }

    private static boolean same(Map<String, byte[]> one, Map<String, byte[]> other) {
        return one.keySet().equals(other.keySet())
                && one.entrySet().stream().allMatch(each -> Arrays.equals(each.getValue(), other.get(each.getKey())));
    }

    private Map<String, byte[]> values() throws IOException {
        Map<String, byte[]> read = new TreeMap<>();
        if (!Files.isDirectory(values)) {
            return read;
        }
        try (Stream<Path> files = Files.list(values)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                read.put(file.getFileName().toString(), read(file));
            }
        }
        return read;
    }

    private static byte[] read(Path file) throws IOException {
        try {
            if (Files.size(file) > BYTES_MOST) {
                throw new IOException(file + " has more than " + BYTES_MOST + " bytes");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }
}
