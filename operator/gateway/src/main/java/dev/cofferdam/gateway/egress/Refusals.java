package dev.cofferdam.gateway.egress;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Answers that refuse. They are not held up by the peer's window, and a stream that was refused counts no more for how many there may be at one time: so whoever asks
 * and asks, and never reads, would have us keep them all. Thread-safe.
 */
final class Refusals {
    /** Unread ones of one connection; with more it is closed. */
    private static final int UNREAD_MOST = 256;

    private static final long NO_ERROR = 0x0;

    private final Map<HttpConnection, Integer> unread = new ConcurrentHashMap<>();

    void send(HttpServerRequest request, int status) {
        HttpConnection connection = request.connection();
        HttpServerResponse response = request.response();
        boolean tooMany = unread.merge(connection, 1, Integer::sum) > UNREAD_MOST;
        // Whoever goes on sending all the same is told to stop (RFC 9113, 8.1).
        response.setStatusCode(status).end().onComplete(sent -> {
            unread.computeIfPresent(connection, (same, count) -> count > 1 ? count - 1 : null);
            response.reset(NO_ERROR);
        });
        if (tooMany) {
            connection.close();
        }
    }
}
