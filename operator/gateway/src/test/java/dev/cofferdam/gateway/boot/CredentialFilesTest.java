package dev.cofferdam.gateway.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.gateway.egress.credentials.Credentials;
import dev.cofferdam.policy.Credential;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialFilesTest {
    private static final String DECLARED = "credentials: [{name: c, namespaces: [ns], hosts: [a.example.com]}]";

    @TempDir
    Path folder;

    private final Credentials credentials = new Credentials();

    private boolean isUsable() {
        return credentials.ask(new Credential("c", "authorization"), "ns", "a.example.com:443")
                instanceof Credentials.Asked.Usable;
    }

    @Test
    void whatCannotBeReadLeavesNoneUntilItCan() throws IOException {
        Path declared = Files.createDirectory(folder.resolve("declared")).resolve("credentials.yaml");
        Files.writeString(Files.createDirectory(folder.resolve("values")).resolve("c"), "0123456789");
        CredentialFiles files = new CredentialFiles(folder);
        Files.writeString(declared, DECLARED);
        files.follow(credentials);
        assertThat(isUsable()).isTrue();

        Files.delete(declared);
        Files.createDirectory(declared);
        files.follow(credentials);
        assertThat(isUsable()).isFalse();

        Files.delete(declared);
        Files.writeString(declared, DECLARED);
        files.follow(credentials);
        assertThat(isUsable()).isTrue();
    }
}
