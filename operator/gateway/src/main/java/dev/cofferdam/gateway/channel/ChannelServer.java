package dev.cofferdam.gateway.channel;

import dev.cofferdam.gateway.http.EmptyAnswer;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Quoted;
import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** The port that sandboxes reach. Every request is held to its form first, then to who sends it, and only then becomes a channel. */
public final class ChannelServer {
    /** To Vert.x: any that is free, and the same for all servers. By 0 each would have one of its own. */
    private static final int ANY_PORT_FOR_ALL = -1;

    private static final Logger LOG = Logger.getLogger(ChannelServer.class);
    private static final int NOT_FOUND = 404;
    private static final int FORBIDDEN = 403;
    private static final int UNAVAILABLE = 503;
    private static final int DETAIL_SHOWN_MOST = 512;
    private static final String SESSION_HEADER = "Cofferdam-Session";
    private static final String BEARER = "Bearer ";

    private final Vertx vertx;
    private final ServerBounds bounds;
    private final Identities identities;
    private final Jobs jobs;
    private final Channels channels;
    private final Contents contents;
    private final Committers committers;
    private final Refusals refusals;
    private final FrameDecoder decoder = new FrameDecoder();
    private final PeerBounds peers;
    private final Listeners listeners;
    private volatile boolean leaving;

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
        this.identities = identities;
        this.jobs = jobs;
        this.channels = channels;
        this.contents = contents;
        this.committers = committers;
        this.refusals = refusals;
        this.listeners = new Listeners(vertx);
        this.peers = new PeerBounds(bounds.connections(), bounds.connectionsOfOneAddress());
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
                .connectionHandler(this::connected)
                .invalidRequestHandler(
                        request -> refuse(request, NOT_FOUND, Refusal.NotAChannelRequest, "not a request of HTTP/1.1"))
                .requestHandler(this::requested)
                .exceptionHandler(failure ->
                        LOG.debugf("connection failed: %s", Quoted.of(failure.getMessage(), DETAIL_SHOWN_MOST)));
    }

    /** Uses other certificates for connections from now on. */
    public Future<Boolean> use(SSLOptions tls) {
        return listeners.use(tls);
    }

    /** Takes no more channels, and sends the open ones elsewhere. */
    public void leave() {
        leaving = true;
        channels.leave();
    }

    public Future<Void> close() {
        return listeners.close();
    }

    private void connected(HttpConnection connection) {
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
        channel.attr(ServerBounds.DEADLINE).set(deadline);
    }

    private void requested(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            streamed(request);
            return;
        }
        Optional<String> token = token(request);
        if (!asksForChannel(request) || token.isEmpty()) {
            refuse(
                    request,
                    NOT_FOUND,
                    Refusal.NotAChannelRequest,
                    "another path, method or protocol, or not one bearer token");
            return;
        }
        if (leaving) {
            refuse(request, UNAVAILABLE, Refusal.ShuttingDown, "");
            return;
        }
        inTime(request);
        request.pause();
        onThisLoop(identities.identify(token.get(), request.remoteAddress().hostAddress()), identification -> {
            switch (identification) {
                case Identification.Identified identified -> admit(request, identified.claim());
                case Identification.Refused refused -> {
                    String peer = request.remoteAddress().hostAddress();
                    refused.aimedAt().ifPresent(claim -> channels.aimedAt(claim, refused.refusal(), peer));
                    refuse(request, FORBIDDEN, refused.refusal(), refused.detail());
                }
                case Identification.Undecided undecided ->
                    refuse(request, UNAVAILABLE, undecided.refusal(), undecided.detail());
            }
        });
    }

    /** Over HTTP/2 there are three kinds of requests. Whose the first two are, their session says, and their address must agree. */
    private void streamed(HttpServerRequest request) {
        String peer = request.remoteAddress().hostAddress();
        List<String> sessions = request.headers().getAll(SESSION_HEADER);
        Optional<String> token = token(request);
        request.pause();
        if (is(request, HttpMethod.GET, Names.CHANGES_PATH) && token.isPresent() && sessions.isEmpty()) {
            inTime(request);
            give(request, token.get(), peer);
            return;
        }
        boolean tunnel = is(request, HttpMethod.POST, Names.TUNNEL_PATH);
        if (sessions.size() != 1 || !tunnel && !is(request, HttpMethod.PUT, Names.CHANGES_PATH)) {
            refusals.record(Refusal.NotAChannelRequest, peer, "not a request for a tunnel, and not of changes");
            EmptyAnswer.send(request, NOT_FOUND);
        } else if (tunnel
                ? channels.tunnel(request, peer, sessions.getFirst())
                : channels.contents(request, peer, sessions.getFirst(), contents)) {
            inTime(request);
        } else {
            refusals.record(
                    Refusal.SessionInvalid,
                    peer,
                    tunnel ? "a tunnel without a live run" : "contents without a live run that asks for a commit");
            EmptyAnswer.send(request, FORBIDDEN);
        }
    }

    private static boolean is(HttpServerRequest request, HttpMethod method, String path) {
        return request.method() == method && path.equals(request.uri());
    }

    private void give(HttpServerRequest request, String token, String peer) {
        onThisLoop(committers.identify(token, peer), committing -> {
            if (committing instanceof Contents.Committing.Refused refused) {
                refusals.record(refused.refusal(), peer, "contents: " + refused.detail());
            } else if (committing instanceof Contents.Committing.Later later) {
                LOG.infof("no contents yet: peer=%s detail=%s", peer, Quoted.of(later.detail(), DETAIL_SHOWN_MOST));
            }
            contents.give(request, committing);
        });
    }

    /** Whoever has sent a request is not waited for any more. */
    private void inTime(HttpServerRequest request) {
        vertx.cancelTimer(((ConnectionBase) request.connection())
                .channel()
                .attr(ServerBounds.DEADLINE)
                .get());
    }

    private void admit(HttpServerRequest request, Claim claim) {
        List<String> sessions = request.headers().getAll(SESSION_HEADER);
        if (sessions.size() > 1) {
            refuse(request, FORBIDDEN, Refusal.SessionInvalid, "more than one session");
            return;
        }
        if (leaving) {
            refuse(request, UNAVAILABLE, Refusal.ShuttingDown, "");
            return;
        }
        switch (channels.admit(claim, sessions.stream().findFirst())) {
            case Channels.Admission.First first -> handOut(request, first.session());
            case Channels.Admission.Again again -> upgrade(request, again.session(), again.session()::resume, () -> {});
            case Channels.Admission.Refused refused -> refuse(request, FORBIDDEN, refused.refusal(), about(claim));
            case Channels.Admission.Later later -> refuse(request, UNAVAILABLE, later.refusal(), about(claim));
        }
    }

    private void handOut(HttpServerRequest request, Session session) {
        Claim claim = session.claim();
        onThisLoop(jobs.job(claim), handOver -> {
            switch (handOver) {
                case HandOver.Granted granted -> {
                    String secret = channels.secret(session);
                    upgrade(
                            request,
                            session,
                            connection -> session.open(connection, granted.job(), secret),
                            () -> channels.withdraw(session));
                }
                case HandOver.Refused refused -> {
                    channels.withdraw(session);
                    refuse(request, FORBIDDEN, Refusal.NotGranted, about(claim) + ": " + refused.detail());
                }
                case HandOver.Unavailable unavailable -> {
                    channels.withdraw(session);
                    refuse(request, UNAVAILABLE, Refusal.ApiUnavailable, about(claim) + ": " + unavailable.detail());
                }
            }
        });
    }

    private void upgrade(HttpServerRequest request, Session session, Consumer<Connection> open, Runnable failed) {
        request.toWebSocket().onComplete(upgraded -> {
            if (upgraded.failed()) {
                failed.run();
                return;
            }
            SocketConnection connection = SocketConnection.of(vertx, upgraded.result());
            // What it is told may bring it to another loop before this one is through.
            channels.connectedFrom(request.remoteAddress().hostAddress(), session);
            open.accept(connection);
            connection.read(decoder, frame -> session.receive(connection, frame), () -> session.lost(connection));
            // What changed while the job was on its way had nobody to be told.
            channels.reconsider(session);
            if (leaving) {
                session.leave();
            }
        });
    }

    private static boolean asksForChannel(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_1_1
                && request.method() == HttpMethod.GET
                && Names.CHANNEL_PATH.equals(request.uri())
                && request.headers().contains(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET, true)
                && request.headers().getAll("Sec-WebSocket-Protocol").equals(List.of(Names.CHANNEL_PROTOCOL));
    }

    private static Optional<String> token(HttpServerRequest request) {
        List<String> authorizations = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        return authorizations.size() == 1 && authorizations.getFirst().startsWith(BEARER)
                ? Optional.of(authorizations.getFirst().substring(BEARER.length()))
                : Optional.empty();
    }

    /** An empty answer: a sandbox learns nothing from it. The audit stream has the reason; what may pass is only in the log. */
    private void refuse(HttpServerRequest request, int status, Refusal refusal, String detail) {
        String peer = request.remoteAddress().hostAddress();
        if (status == UNAVAILABLE) {
            refusals.later(refusal);
            LOG.infof(
                    "no channel yet: reason=%s peer=%s detail=%s", refusal, peer, Quoted.of(detail, DETAIL_SHOWN_MOST));
        } else {
            refusals.record(refusal, peer, detail);
        }
        if (!request.response().ended() && !request.response().closed()) {
            request.response()
                    .setStatusCode(status)
                    .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
                    .end()
                    .onComplete(sent -> request.connection().close());
        }
    }

    private <T> void onThisLoop(CompletionStage<T> stage, Consumer<T> then) {
        Context loop = vertx.getOrCreateContext();
        stage.thenAccept(value -> loop.runOnContext(run -> then.accept(value)));
    }

    private static String about(Claim claim) {
        return "run " + claim.namespace() + "/" + claim.run() + ", pod " + claim.podName();
    }
}
