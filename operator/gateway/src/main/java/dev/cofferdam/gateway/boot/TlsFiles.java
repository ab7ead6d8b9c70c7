package dev.cofferdam.gateway.boot;

import dev.cofferdam.gateway.channel.ServerBounds;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.SSLOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/** The files of the certificate's Secret, as the kubelet keeps them up to date. */
final class TlsFiles {
    private static final Logger LOG = Logger.getLogger(TlsFiles.class);
    private final Path folder;
    private byte[] seen = new byte[0];

    TlsFiles(Path folder) {
        this.folder = folder;
    }

    /** One state of the files. */
    record Content(Buffer certificate, Buffer key, byte[] sessionKey) {
        SSLOptions options() {
            SSLOptions options = new SSLOptions()
                    .setKeyCertOptions(
                            new PemKeyCertOptions().setCertValue(certificate).setKeyValue(key))
                    .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"));
            ServerBounds.CIPHERS.forEach(options::addEnabledCipherSuite);
            return options;
        }

        @Override
        public String toString() {
            return "Content[secret]";
        }
    }

    /** What the files hold, where that is not what they held at the last call. */
    synchronized Optional<Content> changed() {
        try {
            Path now = generation();
            byte[] certificate = Files.readAllBytes(now.resolve("tls.crt"));
            byte[] key = Files.readAllBytes(now.resolve("tls.key"));
            byte[] sessionKey = Files.readAllBytes(now.resolve("session.key"));
            byte[] digest = digest(certificate, key, sessionKey);
            if (MessageDigest.isEqual(digest, seen)) {
                return Optional.empty();
            }
            seen = digest;
            return Optional.of(new Content(Buffer.buffer(certificate), Buffer.buffer(key), sessionKey));
        } catch (IOException e) {
            LOG.warnf("waiting for tls.crt, tls.key and session.key in %s", folder);
            return Optional.empty();
        }
    }

    /** The kubelet replaces all files of a volume at once, behind a link: through it, key and certificate are always a pair. */
    private Path generation() throws IOException {
        Path link = folder.resolve("..data");
        return Files.exists(link) ? link.toRealPath() : folder;
    }

    private static byte[] digest(byte[]... files) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (byte[] file : files) {
                sha256.update(Integer.toString(file.length).getBytes(StandardCharsets.US_ASCII));
                sha256.update((byte) '\n');
                sha256.update(file);
            }
            return sha256.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
