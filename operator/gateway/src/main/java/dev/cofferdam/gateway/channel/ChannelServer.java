package dev.cofferdam.gateway.channel;

import dev.cofferdam.record.Quoted;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SSLOptions;
import org.jboss.logging.Logger;

/** The port that sandboxes reach. Over HTTP/1.1 they ask for their channels, over HTTP/2 for what a run needs beside its channel. */
public final class ChannelServer {
    /** To Vert.x: any that is free, and the same for all servers. By 0 each would have one of its own. */
    private static final int ANY_PORT_FOR_ALL = -1;

    private static final Logger LOG = Logger.getLogger(ChannelServer.class);
    private static final int DETAIL_SHOWN_MOST = 512;

    private final Vertx vertx;
    private final ServerBounds bounds;
    private final Arrivals arrivals;
    private final ChannelRequests channelRequests;
    private final StreamRequests streamRequests;
    private final Listeners listeners;

    public ChannelServer(
            Vertx vertx,
            ServerBounds bounds,
            Identities identities,
            Jobs jobs,
            Channels channels,
            Contents contents,
            Committers committers,
            Refusals refusals) {
        this.vertx = vertx;
        this.bounds = bounds;
        this.arrivals = new Arrivals(vertx, bounds, refusals);
        this.channelRequests = new ChannelRequests(vertx, arrivals, identities, jobs, channels, refusals);
        this.streamRequests = new StreamRequests(vertx, arrivals, channels, contents, committers, refusals);
        this.listeners = new Listeners(vertx);
    }

    /**
     * Starts to listen; the port that it got is the answer.
     *
     * @param port 0 is any that is free
     * @param loops event loops that serve it
     */
    public Future<Integer> listen(String host, int port, SSLOptions tls, int loops) {
        HttpServerOptions options = bounds.options(tls).setHost(host).setPort(port == 0 ? ANY_PORT_FOR_ALL : port);
        return listeners.listen(() -> server(options), loops);
    }

    private HttpServer server(HttpServerOptions options) {
        return vertx.createHttpServer(options)
                .connectionHandler(arrivals::connected)
                .invalidRequestHandler(channelRequests::invalid)
                .requestHandler(this::requested)
                .exceptionHandler(failure ->
                        LOG.debugf("connection failed: %s", Quoted.of(failure.getMessage(), DETAIL_SHOWN_MOST)));
    }

    private void requested(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            streamRequests.requested(request);
        } else {
            channelRequests.requested(request);
        }
    }

    /** Uses other certificates for connections from now on. */
    public Future<Boolean> use(SSLOptions tls) {
        return listeners.use(tls);
    }

    /** Takes no more channels, and sends the open ones elsewhere. */
    public void leave() {
        channelRequests.leave();
    }

    public Future<Void> close() {
        return listeners.close();
    }
}
