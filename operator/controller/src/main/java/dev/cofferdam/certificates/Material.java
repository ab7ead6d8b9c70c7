package dev.cofferdam.certificates;

import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All that is kept: in the Secret, and as a bundle in the ConfigMap. What is missing or cannot be read is empty.
 *
 * @param authority signs the gateway's certificate
 * @param successor signs it later; already trusted
 * @param formerAuthority signed it until lately; still trusted. Its key is gone
 * @param gateway the certificate that the gateway shows
 * @param sessionKey 32 bytes by which gateways know each other's session secrets; kept as long as it is there, because a new one cuts every run off
 * @param published the authorities in the ConfigMap, which the supervisors of new pods trust
 */
record Material(
        Optional<KeyedCertificate> authority,
        Optional<KeyedCertificate> successor,
        Optional<X509Certificate> formerAuthority,
        Optional<KeyedCertificate> gateway,
        Optional<SessionKey> sessionKey,
        List<X509Certificate> published) {
    static final Material NONE = new Material(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), List.of());

    Material {
        published = List.copyOf(published);
    }

    /** The authorities that supervisors must trust: the one that signs now, first. */
    List<X509Certificate> bundle() {
        return Stream.of(
                        authority.map(KeyedCertificate::certificate),
                        successor.map(KeyedCertificate::certificate),
                        formerAuthority)
                .flatMap(Optional::stream)
                .toList();
    }

    boolean isPublished(KeyedCertificate certificate) {
        return published.contains(certificate.certificate());
    }

    /** Equal when it has the same bytes; never shows them. */
    record SessionKey(byte[] bytes) {
        static final int LENGTH = 32;

        SessionKey {
            if (bytes.length != LENGTH) {
                throw new IllegalArgumentException("a session key has " + LENGTH + " bytes");
            }
            bytes = bytes.clone();
        }

        @Override
        public byte[] bytes() {
            return bytes.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof SessionKey that && MessageDigest.isEqual(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return Objects.hash(LENGTH);
        }

        @Override
        public String toString() {
            return "session key";
        }
    }
}
