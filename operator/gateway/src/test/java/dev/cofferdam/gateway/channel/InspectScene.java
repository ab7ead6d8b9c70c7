package dev.cofferdam.gateway.channel;

import dev.cofferdam.gateway.egress.tls.RunAuthorities;
import dev.cofferdam.gateway.egress.tls.RunAuthority;
import dev.cofferdam.gateway.egress.tls.ServerTrust;
import io.netty.handler.ssl.JdkSslContext;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;

/** A run whose HTTPS is inspected, and a server with a certificate that the gateway trusts. */
abstract class InspectScene extends HttpScene {
    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /** Of the test's servers, which the gateway does not know by itself. */
    RunAuthority world;

    String cidr;

    @BeforeEach
    void grant() throws Exception {
        cidr = ", {cidr: %s/32, port: %d, protocol: https}".formatted(server.ip(), server.port());
        RunAuthorities others = new RunAuthorities(InstantSource.system());
        others.use("another key, and as long as it must be".getBytes(StandardCharsets.US_ASCII));
        world = others.of(Harness.CLAIM);
        trustWorld();
    }

    @Override
    void impatient(int stepMillis) throws Exception {
        super.impatient(stepMillis);
        trustWorld();
    }

    private void trustWorld() throws Exception {
        gateway.inspector.trust().use(ServerTrust.read(world.pem().getBytes(StandardCharsets.US_ASCII)));
    }

    String rule(String http) {
        return "{host: %s, port: %d, protocol: https, inspect: true%s}".formatted(NAME, server.port(), http) + cidr;
    }

    String authority;

    void inspect(String http) throws Exception {
        granted(rule(http));
        authority = gateway.tunnels.authority(Harness.CLAIM);
    }

    TestTls tls(SSLHow how) throws Exception {
        return new TestTls(open(host), authority, NAME, how::set);
    }

    interface SSLHow {
        void set(SSLParameters parameters);
    }

    TestTls tls() throws Exception {
        return tls(parameters -> {}).handshake();
    }

    /** The test's server for whoever came next. */
    SSLSocket served(String name) throws Exception {
        Socket plain = server.next();
        SSLSocket secured = (SSLSocket) ((JdkSslContext) world.shown(name))
                .context()
                .getSocketFactory()
                .createSocket(plain, null, plain.getPort(), true);
        secured.setUseClientMode(false);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        secured.setSSLParameters(parameters);
        return secured;
    }
}
