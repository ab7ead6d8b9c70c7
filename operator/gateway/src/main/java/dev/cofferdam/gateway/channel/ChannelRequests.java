package dev.cofferdam.gateway.channel;

import dev.cofferdam.record.Names;
import dev.cofferdam.record.Quoted;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Requests for a channel, over HTTP/1.1. Every one is held to its form first, then to who sends it, and only then becomes a channel. Thread-safe: each stays on the event
 * loop of its connection, and there are several.
 */
final class ChannelRequests {
    private static final Logger LOG = Logger.getLogger(ChannelRequests.class);
    private static final int NOT_FOUND = 404;
    private static final int FORBIDDEN = 403;
    private static final int UNAVAILABLE = 503;
    private static final int DETAIL_SHOWN_MOST = 512;

    private final Vertx vertx;
    private final Arrivals arrivals;
    private final Identities identities;
    private final Jobs jobs;
    private final Channels channels;
    private final Refusals refusals;
    private final FrameDecoder decoder = new FrameDecoder();
    private volatile boolean leaving;

    ChannelRequests(
            Vertx vertx, Arrivals arrivals, Identities identities, Jobs jobs, Channels channels, Refusals refusals) {
        this.vertx = vertx;
        this.arrivals = arrivals;
        this.identities = identities;
        this.jobs = jobs;
        this.channels = channels;
        this.refusals = refusals;
    }

    /** Takes no more channels, and sends the open ones elsewhere. */
    void leave() {
        // In this order: a channel that opens meanwhile finds it, or is among the open ones.
        leaving = true;
        channels.leave();
    }

    void invalid(HttpServerRequest request) {
        refuse(request, NOT_FOUND, Refusal.NotAChannelRequest, "not a request of HTTP/1.1");
    }

    void requested(HttpServerRequest request) {
        Optional<String> token = RequestHeads.token(request);
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
        arrivals.inTime(request);
        request.pause();
        String peer = request.remoteAddress().hostAddress();
        ThisLoop.then(vertx, identities.identify(token.get(), peer), identification -> {
            switch (identification) {
                case Identification.Identified identified -> admit(request, identified.claim());
                case Identification.Refused refused -> {
                    refused.aimedAt().ifPresent(claim -> channels.aimedAt(claim, refused.refusal(), peer));
                    refuse(request, FORBIDDEN, refused.refusal(), refused.detail());
                }
                case Identification.Undecided undecided ->
                    refuse(request, UNAVAILABLE, undecided.refusal(), undecided.detail());
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

    private void admit(HttpServerRequest request, Claim claim) {
        List<String> sessions = RequestHeads.sessions(request);
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
        ThisLoop.then(vertx, jobs.job(claim), handOver -> {
            switch (handOver) {
                case HandOver.Granted granted -> {
                    // Whoever asked may have lost patience; the upgrade would not tell, and its next request would be
                    // for a second job.
                    if (!((ConnectionBase) request.connection()).channel().isActive()) {
                        channels.withdraw(session);
                        return;
                    }
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

    private static String about(Claim claim) {
        return "run " + claim.namespace() + "/" + claim.run() + ", pod " + claim.podName();
    }
}
