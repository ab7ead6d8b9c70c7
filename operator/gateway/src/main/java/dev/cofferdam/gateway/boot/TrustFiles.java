package dev.cofferdam.gateway.boot;

import dev.cofferdam.gateway.egress.tls.ServerTrust;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/** The admins' bundles of authorities, as the kubelet keeps them up to date. They need not be there. */
final class TrustFiles {
    private static final Logger LOG = Logger.getLogger(TrustFiles.class);

    private final Path folder;
    private Map<String, byte[]> seen = Map.of();
    private final SortedMap<String, List<Certificate>> trusted = new TreeMap<>();

    TrustFiles(Path folder) {
        this.folder = folder;
    }

    /** Has what is new used. */
    synchronized void follow(ServerTrust trust) {
        try {
            Optional<List<Certificate>> changed = changed();
            if (changed.isPresent()) {
                trust.use(changed.get());
                LOG.infof(
                        "servers are verified by %d authorities of %s, and the usual ones",
                        changed.get().size(), trusted.keySet());
            }
        } catch (IOException | GeneralSecurityException e) {
            LOG.errorf("%s is not used, what was trusted before still is: %s", folder, e.getMessage());
        }
    }

    /**
     * All that is to be trusted, where that may be something else than the last time. Each key is its own admin's: one that is no bundle counts as it did last, and
     * keeps none of the others from what is added or taken away there.
     */
    synchronized Optional<List<Certificate>> changed() throws IOException {
        Map<String, byte[]> now = MountedKeys.of(folder);
        if (MountedKeys.areSame(now, seen)) {
            return Optional.empty();
        }
        seen = now;
        trusted.keySet().retainAll(now.keySet());
        now.forEach((key, bundle) -> {
            try {
                trusted.put(key, ServerTrust.read(bundle));
            } catch (GeneralSecurityException e) {
                LOG.errorf(
                        "%s of %s is not used, what was trusted of it before still is: %s",
                        key, folder, e.getMessage());
            }
        });
        return Optional.of(trusted.values().stream().flatMap(List::stream).toList());
    }
}
