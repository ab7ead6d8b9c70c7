package dev.cofferdam.certificates;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/** Certificates and PKCS #8 keys as text (RFC 7468). What cannot be read is empty: whatever it was, it is of no use. */
final class Pem {
    private Pem() {}

    static String ofCertificates(List<X509Certificate> certificates) {
        var text = new StringBuilder();
        for (var certificate : certificates) {
            try {
                text.append(write("CERTIFICATE", certificate.getEncoded()));
            } catch (CertificateEncodingException e) {
                throw new IllegalStateException("a certificate of ours has no encoding", e);
            }
        }
        return text.toString();
    }

    static String ofKey(PrivateKey key) {
        return write("PRIVATE KEY", key.getEncoded());
    }

    static List<X509Certificate> certificates(String text) {
        try {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (GeneralSecurityException e) {
            return List.of();
        }
    }

    static Optional<PrivateKey> key(String text) {
        try (var reader = new PemReader(new StringReader(text))) {
            var object = reader.readPemObject();
            return object == null
                    ? Optional.empty()
                    : Optional.of(
                            KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(object.getContent())));
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String write(String type, byte[] content) {
        var text = new StringWriter();
        try (var writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(type, content));
        } catch (IOException e) {
            throw new IllegalStateException("writing into memory failed", e);
        }
        return text.toString();
    }
}
