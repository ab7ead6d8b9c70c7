package dev.cofferdam.gateway.channel;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;

/**
 * A port that listens for everybody and that no NetworkPolicy of a sandbox opens: only the sandbox's own rules keep it from being reached. It takes a
 * connection and closes it at once, so that nothing is held for anybody.
 */
public final class Canary {
    private static final int IDLE_SECONDS = 1;

    private final NetServer server;

    public Canary(Vertx vertx, String host, int port) {
        server = vertx.createNetServer(
                        new NetServerOptions().setHost(host).setPort(port).setIdleTimeout(IDLE_SECONDS))
                .connectHandler(NetSocket::close)
                .exceptionHandler(failure -> {});
    }

    /** Starts to listen; the port that it got is the answer. */
    public Future<Integer> listen() {
        return server.listen().map(NetServer::actualPort);
    }

    public Future<Void> close() {
        return server.close();
    }
}
