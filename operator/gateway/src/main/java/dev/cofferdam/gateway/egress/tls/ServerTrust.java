package dev.cofferdam.gateway.egress.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** What a server must show: a certificate for its name, by an authority of the JDK's or of the admin's bundle. Thread-safe. */
public final class ServerTrust {
    /** By host and port the JDK would go on with a session of another run's, whose server it looked at then. Without, each connection's is looked at, and none tells a server of another. */
    private static final int NO_PORT = -1;

    private volatile SslContext context;

    /** The JDK's authorities alone. */
    public ServerTrust() {
        try {
            context = context(List.of());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java runtime has no authorities", e);
        }
    }

    /**
     * The authorities of a bundle.
     *
     * @param bundle PEM, empty for none
     * @throws GeneralSecurityException where it is none
     */
    public static List<Certificate> read(byte[] bundle) throws GeneralSecurityException {
        return bundle.length == 0
                ? List.of()
                : List.copyOf(
                        CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bundle)));
    }

    /**
     * From now on these, too, and none of those before.
     *
     * @throws GeneralSecurityException where they cannot be used; what was trusted before stays so
     * @throws IOException the same
     */
    public void use(Collection<Certificate> more) throws GeneralSecurityException, IOException {
        context = context(more);
    }

    /** A client's side of TLS to that server. */
    public SslHandler client(String host, long handshakeMillis) {
        SSLEngine engine = context.newEngine(ByteBufAllocator.DEFAULT, host, NO_PORT);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setServerNames(List.of(new SNIHostName(host)));
        engine.setSSLParameters(parameters);
        SslHandler handler = new SslHandler(engine);
        handler.setHandshakeTimeoutMillis(handshakeMillis);
        return handler;
    }

    private static SslContext context(Collection<Certificate> more) throws GeneralSecurityException, IOException {
        KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
        all.load(null, null);
        int number = 0;
        for (TrustManager known : managers(null).getTrustManagers()) {
            if (known instanceof X509TrustManager manager) {
                for (X509Certificate authority : manager.getAcceptedIssuers()) {
                    all.setCertificateEntry(Integer.toString(number++), authority);
                }
            }
        }
        for (Certificate authority : more) {
            all.setCertificateEntry(Integer.toString(number++), authority);
        }
        return SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                .trustManager(managers(all))
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_1_1))
                .build();
    }

    private static TrustManagerFactory managers(KeyStore authorities) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(authorities);
        return factory;
    }
}
