package dev.cofferdam.gateway.channel;

import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SSLOptions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What one connection may cost.
 *
 * @param connections how many in all
 * @param connectionsOfOneAddress how many from one address: a supervisor needs one, and another while it comes back
 * @param handshakeSeconds of TLS
 * @param requestMillis from the connection to the whole request
 * @param idleSeconds without a byte from the peer; supervisors ping every 5
 */
public record ServerBounds(
        int connections, int connectionsOfOneAddress, int handshakeSeconds, long requestMillis, int idleSeconds) {
    /** Of TLS 1.3, the first that both sides have: every processor of today computes it faster than the next one, which the JDK would choose. */
    public static final List<String> CIPHERS =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    private static final int CLOSING_SECONDS = 5;

    /** More than tunnels, so that one too many hears of it. */
    private static final int STREAMS = 192;

    private static final int STREAM_WINDOW_BYTES = 128 << 10;

    /** With its head it fills two records of TLS, and leaves nothing for a third. */
    private static final int FRAME_BYTES_MOST = (32 << 10) - 9;

    /** So that a few streams whose servers do not read leave room for the others. */
    private static final int CONNECTION_WINDOW_BYTES = 4 << 20;

    /** In as many seconds as closing takes. */
    private static final int RESETS_MOST = 2_000;

    private static final int REQUEST_LINE_BYTES = 256;
    private static final int HEADER_BYTES = 16 << 10;

    /** The transport lets a little more through than the contract, so that the decoder can refuse it as the contract says. */
    private static final int MESSAGE_BYTES = FrameDecoder.FRAME_BYTES_MOST + (8 << 10);

    HttpServerOptions options(SSLOptions tls) {
        HttpServerOptions options = new HttpServerOptions()
                .setSsl(true)
                .setKeyCertOptions(tls.getKeyCertOptions())
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
                .setSslHandshakeTimeout(handshakeSeconds)
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                .setReadIdleTimeout(idleSeconds)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setMaxInitialLineLength(REQUEST_LINE_BYTES)
                .setMaxHeaderSize(HEADER_BYTES)
                .setMaxWebSocketFrameSize(MESSAGE_BYTES)
                .setMaxWebSocketMessageSize(MESSAGE_BYTES)
                .setWebSocketSubProtocols(List.of(dev.cofferdam.record.Names.CHANNEL_PROTOCOL))
                .setWebSocketClosingTimeout(CLOSING_SECONDS)
                // A compressed frame can be a thousand times what arrived.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setAcceptUnmaskedFrames(false);
        CIPHERS.forEach(options::addEnabledCipherSuite);
        options.setUseAlpn(true)
                .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1))
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(STREAMS)
                        .setInitialWindowSize(STREAM_WINDOW_BYTES)
                        .setMaxFrameSize(FRAME_BYTES_MOST)
                        .setMaxHeaderListSize(HEADER_BYTES))
                .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
                .setHttp2RstFloodMaxRstFramePerWindow(RESETS_MOST)
                .setHttp2RstFloodWindowDuration(CLOSING_SECONDS);
        return options;
    }
}
