package dev.cofferdam.gateway.channel;

import dev.cofferdam.gateway.http.EmptyAnswer;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Quoted;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Requests over HTTP/2, of which there are three kinds: for a tunnel, of what a run has changed, and of its committer for that. Whose the first two are, their session
 * says, and their address must agree. Thread-safe: each stays on the event loop of its connection, and there are several.
 */
final class StreamRequests {
    private static final Logger LOG = Logger.getLogger(StreamRequests.class);
    private static final int NOT_FOUND = 404;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int DETAIL_SHOWN_MOST = 512;

    private final Vertx vertx;
    private final Arrivals arrivals;
    private final Channels channels;
    private final Contents contents;
    private final Committers committers;
    private final Refusals refusals;

    StreamRequests(
            Vertx vertx,
            Arrivals arrivals,
            Channels channels,
            Contents contents,
            Committers committers,
            Refusals refusals) {
        this.vertx = vertx;
        this.arrivals = arrivals;
        this.channels = channels;
        this.contents = contents;
        this.committers = committers;
        this.refusals = refusals;
    }

    void requested(HttpServerRequest request) {
        String peer = request.remoteAddress().hostAddress();
        List<String> sessions = RequestHeads.sessions(request);
        Optional<String> token = RequestHeads.token(request);
        request.pause();
        if (is(request, HttpMethod.GET, Names.CHANGES_PATH) && token.isPresent() && sessions.isEmpty()) {
            arrivals.inTime(request);
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
            arrivals.inTime(request);
        } else {
            refusals.record(
                    Refusal.SessionInvalid,
                    peer,
                    tunnel ? "a tunnel without a live run" : "contents without a live run that asks for a commit");
            // A tunnel is asked for again and again while another replica takes a run over. That nobody has this one on
            // record, its supervisor is to know.
            EmptyAnswer.send(request, tunnel ? UNAUTHORIZED : FORBIDDEN);
        }
    }

    private static boolean is(HttpServerRequest request, HttpMethod method, String path) {
        return request.method() == method && path.equals(request.uri());
    }

    private void give(HttpServerRequest request, String token, String peer) {
        ThisLoop.then(vertx, committers.identify(token, peer), committing -> {
            if (committing instanceof Contents.Committing.Refused refused) {
                refusals.record(refused.refusal(), peer, "contents: " + refused.detail());
            } else if (committing instanceof Contents.Committing.Later later) {
                LOG.infof("no contents yet: peer=%s detail=%s", peer, Quoted.of(later.detail(), DETAIL_SHOWN_MOST));
            }
            contents.give(request, committing);
        });
    }
}
