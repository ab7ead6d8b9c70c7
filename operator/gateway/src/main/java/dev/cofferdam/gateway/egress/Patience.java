package dev.cofferdam.gateway.egress;

import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import java.util.function.LongSupplier;

/** How long a tunnel waits, for one thing at a time, and what becomes of it then. All of it happens on the tunnel's event loop. */
final class Patience {
    private static final long NONE = -1;

    private final Vertx vertx;
    private final ContextInternal context;
    private final Bounds bounds;
    private final Tunnel tunnel;
    private long timer = NONE;

    /** Whether what the timer waits for is another request. */
    private boolean idle;

    /** @param context the tunnel's */
    Patience(Vertx vertx, ContextInternal context, Bounds bounds, Tunnel tunnel) {
        this.vertx = vertx;
        this.context = context;
        this.bounds = bounds;
        this.tunnel = tunnel;
    }

    /** A name has so much time to be looked up. */
    void awaitAddresses(Runnable late) {
        within(bounds.lookUpMillis(), late);
    }

    /** What the stream is must be clear by then. */
    void awaitOpening() {
        within(bounds.greetingMillis(), () -> tunnel.rejected("nothing of the protocol in time"));
    }

    /** The handshake, and the head of the first request after it, have so much time together. */
    void awaitRequest() {
        within(bounds.greetingMillis(), () -> tunnel.rejected("no handshake, or no whole request, in time"));
    }

    /** The rest of a request's head has so much time. */
    void awaitHead() {
        if (timer == NONE || idle) {
            within(bounds.greetingMillis(), () -> tunnel.rejected("no whole request in time"));
        }
    }

    /** Where its TLS ends here it costs keys and buffers, and so it is kept for another request for a while only. */
    void awaitNext(Runnable late) {
        if (tunnel.permit().isInspected()) {
            within(bounds.idleMillis(), late);
            idle = true;
        }
    }

    /**
     * Where its TLS ends here, a request is waited for only as long as something passes.
     *
     * @param passed bytes so far, in both directions
     */
    void awaitBytes(LongSupplier passed) {
        if (!tunnel.isOver() && tunnel.permit().isInspected()) {
            long before = passed.getAsLong();
            within(bounds.silentMillis(), () -> {
                if (passed.getAsLong() > before) {
                    awaitBytes(passed);
                } else {
                    tunnel.silent();
                }
            });
        }
    }

    private void within(long millis, Runnable late) {
        inTime();
        // On our own event loop, also where it is a server's bytes that brought us here, of which Vert.x knows nothing.
        timer = context.setTimer(millis, fired -> late.run());
    }

    /** What was waited for is there. */
    void inTime() {
        idle = false;
        if (timer != NONE) {
            vertx.cancelTimer(timer);
            timer = NONE;
        }
    }
}
