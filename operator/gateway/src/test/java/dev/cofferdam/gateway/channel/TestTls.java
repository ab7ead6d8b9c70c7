package dev.cofferdam.gateway.channel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** A TLS client inside a tunnel, as a tool has it. */
final class TestTls {
    private final TestTunnel tunnel;
    private final SSLEngine engine;
    private final EmbeddedChannel channel;
    private final StringBuilder said = new StringBuilder();
    private int fed;
    private volatile Throwable failure;
    private volatile boolean open;

    TestTls(TestTunnel tunnel, String authority, String name, Consumer<SSLParameters> how) throws Exception {
        this.tunnel = tunnel;
        this.engine = trusting(authority).createSSLEngine(name, 443);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        how.accept(parameters);
        engine.setSSLParameters(parameters);
        SslHandler handler = new SslHandler(engine);
        handler.setHandshakeTimeoutMillis(0);
        channel = new EmbeddedChannel(handler, new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext context, Object event) {
                if (event instanceof SslHandshakeCompletionEvent done) {
                    failure = done.cause();
                    open = done.isSuccess();
                }
            }
        });
        flush();
    }

    private static SSLContext trusting(String pem) throws GeneralSecurityException, java.io.IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry(
                "a",
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(pem.getBytes(ISO_8859_1))));
        TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    /** @throws Exception where TLS failed on either side */
    TestTls handshake() throws Exception {
        until(() -> open || failure != null);
        if (failure != null) {
            throw new AssertionError(failure);
        }
        return this;
    }

    X509Certificate shown() throws Exception {
        return (X509Certificate) engine.getSession().getPeerCertificates()[0];
    }

    String protocol() {
        return engine.getSession().getProtocol() + " " + engine.getApplicationProtocol();
    }

    TestTls send(String text) {
        channel.writeOutbound(Unpooled.copiedBuffer(text, ISO_8859_1));
        flush();
        return this;
    }

    void handshakeAgain() throws Exception {
        engine.beginHandshake();
        // Netty sends what the engine has when there is something to be sent.
        send("GET / HTTP/1.1\r\n");
    }

    /** A record that has nothing in it for whoever reads: other keys, of which the other side has nothing. */
    void sayNothing() throws Exception {
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.beginHandshake();
        engine.wrap(ByteBuffer.allocate(0), record);
        if (record.position() == 0) {
            throw new AssertionError("this engine has no records without content");
        }
        tunnel.send(java.util.Arrays.copyOf(record.array(), record.position()));
    }

    boolean hasEnded() {
        return tunnel.hasEnded();
    }

    String receive(int bytes) throws Exception {
        until(() -> said.length() >= bytes);
        return said.toString();
    }

    String end() throws Exception {
        return tunnel.end();
    }

    private void until(BooleanSupplier done) throws Exception {
        while (!done.getAsBoolean()) {
            byte[] all = tunnel.receive(fed + 1).getBytes(ISO_8859_1);
            byte[] piece = java.util.Arrays.copyOfRange(all, fed, all.length);
            fed = all.length;
            try {
                channel.writeInbound(Unpooled.wrappedBuffer(piece));
            } finally {
                flush();
            }
            for (ByteBuf next = channel.readInbound(); next != null; next = channel.readInbound()) {
                said.append(next.toString(ISO_8859_1));
                next.release();
            }
        }
    }

    private void flush() {
        for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            byte[] bytes = new byte[next.readableBytes()];
            next.readBytes(bytes);
            next.release();
            tunnel.send(bytes);
        }
    }
}
