package dev.cofferdam.gateway.boot;

import dev.cofferdam.gateway.egress.tls.ServerTrust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import org.jboss.logging.Logger;

/** The admin's bundle of authorities, as the kubelet keeps it up to date. It need not be there. */
final class TrustFile {
    private static final Logger LOG = Logger.getLogger(TrustFile.class);

    private final Path file;
    private byte[] seen = new byte[0];

    TrustFile(Path folder) {
        this.file = folder.resolve("ca.crt");
    }

    /** Has what is new used. What cannot be read changes nothing: what was trusted before still is. */
    synchronized void follow(ServerTrust trust) {
        try {
            byte[] now = read();
            if (Arrays.equals(now, seen)) {
                return;
            }
            seen = now;
            LOG.infof("servers are verified by %d authorities of %s, and the usual ones", trust.use(now), file);
        } catch (IOException | GeneralSecurityException e) {
            LOG.errorf("%s is not used, what was trusted before still is: %s", file, e.getMessage());
        }
    }

    private byte[] read() throws IOException {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }
}
