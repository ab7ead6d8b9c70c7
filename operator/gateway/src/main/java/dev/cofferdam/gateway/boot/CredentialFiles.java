package dev.cofferdam.gateway.boot;

import dev.cofferdam.gateway.egress.credentials.Credentials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jboss.logging.Logger;

/** The admin's credentials and what is declared of them, as the kubelet keeps them up to date. Neither need be there. */
final class CredentialFiles {
    private static final Logger LOG = Logger.getLogger(CredentialFiles.class);

    private final Path declarations;
    private final Path values;
    private Map<String, byte[]> declared = Map.of();
    private Map<String, byte[]> given = Map.of();

    CredentialFiles(Path folder) {
        this.declarations = folder.resolve("declared");
        this.values = folder.resolve("values");
    }

    /** Has what is new used. What cannot be read leaves none: what is not declared may not be used. */
    synchronized void follow(Credentials credentials) {
        try {
            Map<String, byte[]> nowDeclared = MountedKeys.of(declarations);
            Map<String, byte[]> nowGiven = MountedKeys.of(values);
            if (MountedKeys.areSame(nowDeclared, declared) && MountedKeys.areSame(nowGiven, given)) {
                return;
            }
            declared = nowDeclared;
            given = nowGiven;
            LOG.infof(
                    "credentials that are declared: %s, of %d that are given",
                    credentials.use(declared, given), given.size());
        } catch (IOException e) {
            declared = Map.of();
            given = Map.of();
            credentials.use(declared, given);
            LOG.errorf("no credential can be used: %s", e.getMessage());
        } catch (IllegalArgumentException e) {
            LOG.errorf("no credential can be used: %s: %s", declarations, e.getMessage());
        }
    }
}
