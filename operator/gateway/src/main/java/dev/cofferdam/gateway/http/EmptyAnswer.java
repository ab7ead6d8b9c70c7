package dev.cofferdam.gateway.http;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A refusal over HTTP/2. It is not held up by the peer's window, and a stream that was refused counts no more for how many there may be at one time: so whoever asks and
 * asks, and never reads, would have us keep them all.
 */
public final class EmptyAnswer {
    /** Unread ones of one connection; with more it is closed. */
    private static final int UNREAD_MOST = 256;

    private static final long NO_ERROR = 0x0;
    private static final AttributeKey<AtomicInteger> UNREAD = AttributeKey.valueOf("cofferdam-unread-refusals");

    private EmptyAnswer() {}

    /** Answers a stream of which nothing was answered yet. */
    public static void send(HttpServerRequest request, int status) {
        AtomicInteger unread = unread(((ConnectionBase) request.connection()).channel());
        HttpServerResponse response = request.response();
        boolean tooMany = unread.incrementAndGet() > UNREAD_MOST;
        // Whoever goes on sending all the same is told to stop (RFC 9113, 8.1).
        response.setStatusCode(status).end().onComplete(sent -> {
            unread.decrementAndGet();
            response.reset(NO_ERROR);
        });
        if (tooMany) {
            request.connection().close();
        }
    }

    private static AtomicInteger unread(Channel connection) {
        connection.attr(UNREAD).setIfAbsent(new AtomicInteger());
        return connection.attr(UNREAD).get();
    }
}
