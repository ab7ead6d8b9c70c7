package dev.cofferdam.gateway.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustFilesTest {
    @TempDir
    Path folder;

    private TrustFiles files;

    /** Of the JDK's, for nothing but to be two that differ. */
    private List<X509Certificate> two;

    @BeforeEach
    void twoAdmins() throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init((KeyStore) null);
        two = Arrays.stream(factory.getTrustManagers())
                .map(X509TrustManager.class::cast)
                .map(X509TrustManager::getAcceptedIssuers)
                .flatMap(Arrays::stream)
                .limit(2)
                .toList();
        Files.writeString(folder.resolve("a"), pem(two.getFirst()));
        Files.writeString(folder.resolve("b"), pem(two.getLast()));
        files = new TrustFiles(folder);
        assertThat(changed()).containsExactlyElementsOf(two);
    }

    @Test
    void whatIsTheSameIsNotUsedAnew() throws IOException {
        assertThat(files.changed()).isEmpty();
    }

    @Test
    void aBrokenKeyCountsAsBeforeAndKeepsNoOtherFromBeingTakenAway() throws Exception {
        Files.writeString(folder.resolve("a"), pem(two.getFirst()).substring(0, 200));
        assertThat(changed()).containsExactlyElementsOf(two);

        Files.delete(folder.resolve("b"));
        assertThat(changed()).containsExactly(two.getFirst());

        Files.delete(folder.resolve("a"));
        assertThat(changed()).isEmpty();
    }

    @Test
    void aKeyWithoutACertificateIsBrokenAndAnEmptyOneHasNone() throws Exception {
        Files.writeString(folder.resolve("a"), "to come");
        assertThat(changed()).containsExactlyElementsOf(two);

        Files.writeString(folder.resolve("a"), "");
        assertThat(changed()).containsExactly(two.getLast());
    }

    @Test
    void afterAStartABrokenKeyCountsAsNoneAndTheOthersAsTheyAre() throws Exception {
        Files.writeString(folder.resolve("a"), "broken");
        files = new TrustFiles(folder);

        assertThat(changed()).containsExactly(two.getLast());
    }

    private List<Certificate> changed() throws IOException {
        return files.changed().orElseThrow();
    }

    /** Without a line feed at its end, which a file need not have. */
    private static String pem(Certificate certificate) throws Exception {
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
                + "\n-----END CERTIFICATE-----";
    }
}
