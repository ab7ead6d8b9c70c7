package dev.cofferdam.gateway.boot;

import dev.cofferdam.gateway.egress.tls.ServerTrust;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import org.jboss.logging.Logger;

/** The admin's bundles of authorities, as the kubelet keeps them up to date. They need not be there. */
final class TrustFiles {
    private static final Logger LOG = Logger.getLogger(TrustFiles.class);

    private final Path folder;
    private Map<String, byte[]> seen = Map.of();

    TrustFiles(Path folder) {
        this.folder = folder;
    }

    /** Has what is new used. What cannot be read changes nothing: what was trusted before still is. */
    synchronized void follow(ServerTrust trust) {
        try {
            Map<String, byte[]> now = MountedKeys.of(folder);
            if (MountedKeys.areSame(now, seen)) {
                return;
            }
            seen = now;
            LOG.infof(
                    "servers are verified by %d authorities of %s, and the usual ones",
                    trust.use(joined(now)), now.keySet());
        } catch (IOException | GeneralSecurityException e) {
            LOG.errorf("%s is not used, what was trusted before still is: %s", folder, e.getMessage());
        }
    }

    /** All of them as one. A file need not end its last line. */
    private static byte[] joined(Map<String, byte[]> bundles) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] bundle : bundles.values()) {
            all.writeBytes(bundle);
            all.write('\n');
        }
        return all.toByteArray();
    }
}
