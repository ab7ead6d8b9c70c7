package dev.cofferdam.certificates;

import dev.cofferdam.record.Names;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes keys and certificates: EC P-256, signed with SHA-256 (RFC 5280). Takes randomness and the time from whoever makes it. */
final class Issuance {
    static final String SIGNATURE = "SHA256withECDSA";

    /** Names in the gateway's certificate. Supervisors ask for the first. */
    static final List<String> NAMES = List.of(Names.GATEWAY_SERVER_NAME, Names.GATEWAY_SERVER_NAME + ".cluster.local");

    /** A certificate is valid from a little earlier than now, for clocks that are behind. */
    static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    private static final int SERIAL_BITS = 127;

    private final SecureRandom random;
    private final Instant now;
    private final Terms terms;

    Issuance(SecureRandom random, Instant now, Terms terms) {
        this.random = random;
        this.now = now.truncatedTo(ChronoUnit.SECONDS);
        this.terms = terms;
    }

    /** What is there after the steps that are due. */
    Material perform(Renewal renewal, Material present) {
        var authority = present.authority();
        var successor = present.successor();
        var former = renewal.dropFormer() ? Optional.<X509Certificate>empty() : present.formerAuthority();
        switch (renewal.authorityStep()) {
            case Keep -> {}
            case Create -> {
                former = authority.filter(a -> now.isBefore(a.notAfter())).map(KeyedCertificate::certificate);
                authority = Optional.of(authority());
                successor = Optional.empty();
            }
            case Announce -> successor = Optional.of(authority());
            case Succeed -> {
                former = authority.map(KeyedCertificate::certificate);
                authority = successor;
                successor = Optional.empty();
            }
        }
        var gateway = renewal.issueCertificate() ? Optional.of(gateway(authority.orElseThrow())) : present.gateway();
        var sessionKey = renewal.makeSessionKey() ? Optional.of(sessionKey()) : present.sessionKey();
        return new Material(authority, successor, former, gateway, sessionKey, present.published());
    }

    KeyedCertificate authority() {
        var keys = keys();
        // Each authority has a name of its own, so that a chain can be told from another's.
        var serial = serial();
        var name = new X500Name(
                "CN=cofferdam gateway authority " + serial.toString(16).substring(0, 8));
        var builder = new JcaX509v3CertificateBuilder(
                name, serial, validFrom(), Date.from(now.plus(terms.authorityLife())), name, keys.getPublic());
        return sign(builder, keys, keys, extensions -> {
            extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            extensions.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            extensions.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
        });
    }

    /** A certificate never outlives the authority that signs it. */
    KeyedCertificate gateway(KeyedCertificate authority) {
        var keys = keys();
        var wanted = now.plus(terms.certificateLife());
        var until = wanted.isBefore(authority.notAfter()) ? wanted : authority.notAfter();
        var builder = new JcaX509v3CertificateBuilder(
                authority.certificate(),
                serial(),
                validFrom(),
                Date.from(until),
                new X500Name("CN=" + Names.GATEWAY_SERVER_NAME),
                keys.getPublic());
        var names = NAMES.stream()
                .map(name -> new GeneralName(GeneralName.dNSName, name))
                .toArray(GeneralName[]::new);
        var issuer = new KeyPair(authority.certificate().getPublicKey(), authority.key());
        return sign(builder, keys, issuer, extensions -> {
            extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            extensions.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            extensions.addExtension(
                    Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
            extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
            extensions.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(authority.certificate()));
        });
    }

    private Material.SessionKey sessionKey() {
        var bytes = new byte[Material.SessionKey.LENGTH];
        random.nextBytes(bytes);
        return new Material.SessionKey(bytes);
    }

    private BigInteger serial() {
        return new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS - 1);
    }

    private Date validFrom() {
        return Date.from(now.minus(CLOCK_SKEW));
    }

    private KeyPair keys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime cannot make EC keys", e);
        }
    }

    private KeyedCertificate sign(
            X509v3CertificateBuilder builder, KeyPair subject, KeyPair issuer, Extensions extensions) {
        try {
            extensions.addTo(builder);
            var signer = new JcaContentSignerBuilder(SIGNATURE)
                    .setSecureRandom(random)
                    .build(issuer.getPrivate());
            return new KeyedCertificate(
                    new JcaX509CertificateConverter().getCertificate(builder.build(signer)), subject.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("this Java runtime cannot sign certificates", e);
        }
    }

    @FunctionalInterface
    private interface Extensions {
        void addTo(X509v3CertificateBuilder builder) throws IOException, GeneralSecurityException;
    }
}
