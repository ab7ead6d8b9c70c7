package dev.cofferdam.certificates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cofferdam.record.Names;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the command makes, used as gateway and supervisor use it: TLS 1.3, the chain and the name verified. */
@Timeout(60)
class HandshakeTest {
    // The TLS stack looks at the real clock.
    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    private final Material material = run(Material.NONE, NOW);

    @Test
    void aSupervisorKnowsTheGatewayByTheBundle() throws Exception {
        assertThat(handshake(gateway(), material.bundle(), Names.GATEWAY_SERVER_NAME))
                .isEqualTo("TLSv1.3");
    }

    @Test
    void aSupervisorRefusesAGatewayOfAnotherAuthority() {
        var other = run(Material.NONE, NOW);

        assertThatThrownBy(() -> handshake(gateway(), other.bundle(), Names.GATEWAY_SERVER_NAME))
                .isInstanceOf(SSLHandshakeException.class);
    }

    @Test
    void aSupervisorRefusesAnotherName() {
        assertThatThrownBy(() -> handshake(gateway(), material.bundle(), "cofferdam-controller.cofferdam-system.svc"))
                .isInstanceOf(SSLHandshakeException.class);
    }

    @Test
    void oldAndNewSupervisorsKnowTheGatewayBeforeAndAfterItsAuthorityChanges() throws Exception {
        var terms = Terms.DEFAULT;
        var start =
                NOW.minus(terms.authorityLife()).plus(terms.announceBefore()).minus(terms.overlap());
        var old = run(
                run(Material.NONE, start),
                NOW.minus(terms.overlap()).minus(Issuance.CLOCK_SKEW).minus(Duration.ofDays(1)));
        var announced = run(old, NOW.minus(terms.overlap()));
        var succeeded = run(announced, NOW);

        assertThat(announced.bundle()).hasSize(2);
        assertThat(succeeded.authority()).isEqualTo(announced.successor());
        for (var gateway :
                List.of(announced.gateway().orElseThrow(), succeeded.gateway().orElseThrow())) {
            for (var bundle : List.of(announced.bundle(), succeeded.bundle())) {
                assertThatCode(() -> handshake(gateway, bundle, Names.GATEWAY_SERVER_NAME))
                        .doesNotThrowAnyException();
            }
        }
        assertThatThrownBy(() -> handshake(succeeded.gateway().orElseThrow(), old.bundle(), Names.GATEWAY_SERVER_NAME))
                .as("why the successor is published first")
                .isInstanceOf(SSLHandshakeException.class);
    }

    @Test
    void theChainHoldsToTheLastInstantAndNoLonger() throws Exception {
        var authority = material.authority().orElseThrow().certificate();

        validate(gateway().certificate(), authority, gateway().notAfter());
        assertThatThrownBy(() -> validate(
                        gateway().certificate(), authority, gateway().notAfter().plusSeconds(1)))
                .hasMessageContaining("validity");
    }

    @Test
    void theGatewaysCertificateSignsNothing() {
        var issuance = new Issuance(new SecureRandom(), NOW, Terms.DEFAULT);
        var forged = issuance.gateway(gateway());

        assertThat(forged.isSignedBy(gateway())).isTrue();
        assertThatThrownBy(() -> validate(
                        List.of(forged.certificate(), gateway().certificate()),
                        material.authority().orElseThrow().certificate(),
                        NOW))
                .isInstanceOf(java.security.cert.CertPathValidatorException.class);
    }

    private KeyedCertificate gateway() {
        return material.gateway().orElseThrow();
    }

    private static Material run(Material present, Instant now) {
        var made = new Issuance(new SecureRandom(), now, Terms.DEFAULT)
                .perform(Renewal.decide(present, now, Terms.DEFAULT), present);
        return new Material(
                made.authority(),
                made.successor(),
                made.formerAuthority(),
                made.gateway(),
                made.sessionKey(),
                made.bundle());
    }

    private static void validate(X509Certificate certificate, X509Certificate authority, Instant at) throws Exception {
        validate(List.of(certificate), authority, at);
    }

    private static void validate(List<X509Certificate> chain, X509Certificate authority, Instant at) throws Exception {
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(at));
        CertPathValidator.getInstance("PKIX")
                .validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
    }

    /** The protocol that the two agreed on. */
    private static String handshake(KeyedCertificate gateway, List<X509Certificate> bundle, String name)
            throws Exception {
        try (var server = (SSLServerSocket) serverContext(gateway)
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var accepted = CompletableFuture.runAsync(() -> accept(server));
            try (var plain = new Socket(server.getInetAddress(), server.getLocalPort());
                    var client = (SSLSocket) clientContext(bundle)
                            .getSocketFactory()
                            .createSocket(plain, name, server.getLocalPort(), false)) {
                var parameters = client.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                client.setSSLParameters(parameters);
                client.startHandshake();
                assertThat(client.getInputStream().read()).isEqualTo('!');
                return client.getSession().getProtocol();
            } finally {
                accepted.join();
            }
        }
    }

    private static void accept(SSLServerSocket server) {
        try (var socket = server.accept()) {
            socket.getOutputStream().write('!');
        } catch (IOException e) {
            // The client refused; it says why.
        }
    }

    private static SSLContext serverContext(KeyedCertificate gateway) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("gateway", gateway.key(), new char[0], new X509Certificate[] {gateway.certificate()});
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static SSLContext clientContext(List<X509Certificate> bundle) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (var authority : bundle) {
            store.setCertificateEntry(authority.getSerialNumber().toString(), authority);
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
