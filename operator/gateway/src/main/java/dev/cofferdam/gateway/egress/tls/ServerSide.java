package dev.cofferdam.gateway.egress.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.ByteArrayOutputStream;

/** A server's side of TLS over a stream of bytes that somebody else carries, by Netty's own handler. Not thread-safe; waits for nothing, and has no clock. */
public final class ServerSide implements AutoCloseable {
    /**
     * What came of some bytes.
     *
     * @param plain what they said, which may be nothing
     * @param answer what the other side gets for them, which may be nothing
     */
    public record Taken(byte[] plain, byte[] answer) {}

    /** It is no TLS, or not such as we speak. The message is for the record. */
    public static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        FailedException(String message) {
            super(message);
        }
    }

    private final SslHandler handler;
    private final Events events = new Events();
    private final EmbeddedChannel channel;

    public ServerSide(SslContext shown) {
        handler = shown.newHandler(ByteBufAllocator.DEFAULT);
        // Whoever has us bounds the time.
        handler.setHandshakeTimeoutMillis(0);
        handler.setCloseNotifyFlushTimeoutMillis(0);
        channel = new EmbeddedChannel(handler, events);
    }

    /** Whether both sides have a key: what follows is what was meant. */
    public boolean isOpen() {
        return events.open;
    }

    /** Whether the other side has said that it sends no more. */
    public boolean isEnded() {
        return events.ended;
    }

    /**
     * Takes what the other side sends.
     *
     * @throws FailedException once; then it can be closed, and nothing else
     */
    public Taken take(byte[] bytes) throws FailedException {
        try {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        } catch (Exception e) {
            throw new FailedException(Failures.words(e));
        }
        if (events.failure != null) {
            throw new FailedException(Failures.words(events.failure));
        }
        return new Taken(drained(true), drained(false));
    }

    /** What the other side gets for these bytes. */
    public byte[] give(byte[] plain) {
        channel.writeOutbound(Unpooled.wrappedBuffer(plain));
        return drained(false);
    }

    /** What the other side gets when it gets no more. */
    public byte[] end() {
        handler.closeOutbound();
        channel.runPendingTasks();
        return drained(false);
    }

    private byte[] drained(boolean inbound) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteBuf next = next(inbound); next != null; next = next(inbound)) {
            byte[] bytes = new byte[next.readableBytes()];
            next.readBytes(bytes);
            next.release();
            all.writeBytes(bytes);
        }
        return all.toByteArray();
    }

    private ByteBuf next(boolean inbound) {
        return inbound ? channel.readInbound() : channel.readOutbound();
    }

    @Override
    public void close() {
        try {
            channel.finishAndReleaseAll();
        } catch (Exception e) {
            // It ended without the other side's consent, which is why it is closed.
        }
    }

    private static final class Events extends ChannelInboundHandlerAdapter {
        private boolean open;
        private boolean ended;
        private Throwable failure;

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent done) {
                open = done.isSuccess();
                failure = done.cause();
            } else if (event instanceof SslCloseCompletionEvent) {
                ended = true;
            }
        }
    }
}
