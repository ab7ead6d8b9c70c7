package dev.cofferdam.gateway.channel;

import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.WeightedFairQueueByteDistributor;
import java.lang.reflect.Field;
import org.jboss.logging.Logger;

/**
 * How much of one stream goes over a connection before the next one has its turn. By default that is 1 KiB: where many streams wait for the same connection, all
 * that they send would be in frames as small, each with its cost at both ends.
 */
final class Pieces {
    private static final Logger LOG = Logger.getLogger(Pieces.class);

    /** A turn. */
    static final int BYTES = 32 << 10;

    /** What waits in a connection for a peer that does not read, before its streams have to wait. */
    private static final int WAITING_BYTES_MOST = 256 << 10;

    private Pieces() {}

    static void enlarge(Channel channel) {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(WAITING_BYTES_MOST / 2, WAITING_BYTES_MOST));
        Http2ConnectionHandler handler = channel.pipeline().get(Http2ConnectionHandler.class);
        try {
            distributor(handler.encoder().flowController()).allocationQuantum(BYTES);
        } catch (ReflectiveOperationException | RuntimeException e) {
            // Slow, and right.
            LOG.warnf("streams of one connection take turns of 1 KiB: %s", e);
        }
    }

    /** Vert.x makes it, and lets nobody choose. */
    static WeightedFairQueueByteDistributor distributor(Http2RemoteFlowController controller)
            throws ReflectiveOperationException {
        Field field = controller.getClass().getDeclaredField("streamByteDistributor");
        field.setAccessible(true);
        return (WeightedFairQueueByteDistributor) field.get(controller);
    }
}
