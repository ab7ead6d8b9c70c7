package dev.cofferdam.certificates;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/** A certificate and the private key that belongs to it: an authority, or the gateway's own. */
record KeyedCertificate(X509Certificate certificate, PrivateKey key) {
    private static final int DNS_NAME = 2;
    private static final byte[] PROBE = "cofferdam".getBytes(StandardCharsets.US_ASCII);

    KeyedCertificate {
        Objects.requireNonNull(certificate);
        Objects.requireNonNull(key);
    }

    Instant notBefore() {
        return certificate.getNotBefore().toInstant();
    }

    Instant notAfter() {
        return certificate.getNotAfter().toInstant();
    }

    boolean isValidAt(Instant now) {
        return !now.isBefore(notBefore()) && now.isBefore(notAfter());
    }

    boolean isAuthority() {
        return certificate.getBasicConstraints() >= 0;
    }

    boolean isSignedBy(KeyedCertificate authority) {
        try {
            certificate.verify(authority.certificate().getPublicKey());
            return certificate
                    .getIssuerX500Principal()
                    .equals(authority.certificate().getSubjectX500Principal());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    boolean hasNames(Collection<String> names) {
        try {
            var alternatives = certificate.getSubjectAlternativeNames();
            return alternatives != null
                    && alternatives.stream()
                            .filter(name -> name.getFirst().equals(DNS_NAME))
                            .map(List::getLast)
                            .toList()
                            .containsAll(names);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Whether the key is the one that the certificate speaks of: two halves from different days make a gateway that nobody can call. */
    boolean belongsTogether() {
        try {
            var signature = Signature.getInstance(Issuance.SIGNATURE);
            signature.initSign(key);
            signature.update(PROBE);
            var signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Says nothing of the key. */
    @Override
    public String toString() {
        return "certificate " + certificate.getSerialNumber().toString(16) + " until " + notAfter();
    }
}
