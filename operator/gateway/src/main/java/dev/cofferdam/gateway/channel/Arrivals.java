package dev.cofferdam.gateway.channel;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;

/** Connections, from when they come until they have asked for something: how many there may be, and for how long without a request. Thread-safe. */
final class Arrivals {
    private static final AttributeKey<Long> DEADLINE = AttributeKey.valueOf("cofferdam.deadline");

    private final Vertx vertx;
    private final ServerBounds bounds;
    private final Refusals refusals;
    private final PeerBounds peers;

    Arrivals(Vertx vertx, ServerBounds bounds, Refusals refusals) {
        this.vertx = vertx;
        this.bounds = bounds;
        this.refusals = refusals;
        this.peers = new PeerBounds(bounds.connections(), bounds.connectionsOfOneAddress());
    }

    void connected(HttpConnection connection) {
        String peer = connection.remoteAddress().hostAddress();
        if (!peers.enter(peer)) {
            refusals.record(Refusal.TooManyConnections, peer, "");
            connection.close();
            return;
        }
        Channel channel = ((ConnectionBase) connection).channel();
        if (connection instanceof io.vertx.core.http.impl.Http2ServerConnection) {
            // Tunnels may fill what a peer does not read: each has its window, and waits.
            Pieces.enlarge(channel);
        } else {
            UnreadBound.guard(channel);
        }
        // Whoever has not sent a request by then sends none.
        long deadline = vertx.setTimer(bounds.requestMillis(), timer -> {
            refusals.record(Refusal.RequestTooSlow, peer, "");
            connection.close();
        });
        connection.closeHandler(closed -> {
            vertx.cancelTimer(deadline);
            peers.leave(peer);
        });
        channel.attr(DEADLINE).set(deadline);
    }

    /** Whoever has sent a request is not waited for any more. */
    void inTime(HttpServerRequest request) {
        vertx.cancelTimer(
                ((ConnectionBase) request.connection()).channel().attr(DEADLINE).get());
    }
}
