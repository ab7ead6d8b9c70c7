package dev.cofferdam.gateway.channel;

import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SSLOptions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What one connection may cost.
 *
 * @param connections how many in all
 * @param connectionsOfOneAddress how many from one address: a supervisor needs one, and another while it comes back
 * @param requestMillis from the connection to the whole request
 * @param idleSeconds without a byte from the peer; supervisors ping every 5
 */
public record ServerBounds(int connections, int connectionsOfOneAddress, long requestMillis, int idleSeconds) {
    static final AttributeKey<Long> DEADLINE = AttributeKey.valueOf("cofferdam.deadline");

    private static final int HANDSHAKE_SECONDS = 5;
    private static final int CLOSING_SECONDS = 5;
    private static final int REQUEST_LINE_BYTES = 256;
    private static final int HEADER_BYTES = 16 << 10;

    /** The transport lets a little more through than the contract, so that the decoder can refuse it as the contract says. */
    private static final int MESSAGE_BYTES = FrameDecoder.FRAME_BYTES_MOST + (8 << 10);

    HttpServerOptions options(SSLOptions tls) {
        HttpServerOptions options = new HttpServerOptions()
                .setSsl(true)
                .setKeyCertOptions(tls.getKeyCertOptions())
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
                .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
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
        options.setUseAlpn(false);
        return options;
    }
}
