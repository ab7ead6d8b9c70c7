package dev.cofferdam.gateway.egress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.util.concurrent.Future;
import java.util.Optional;

/** The first message of a TLS client (RFC 8446, 4.1.2), as it comes in, by Netty's own parser. Bounded; not thread-safe. */
final class Greeting implements AutoCloseable {
    /** A client of today sends 2 KiB at most. */
    static final int BYTES_MOST = 16 << 10;

    /** Of every record of TLS with a greeting in it. */
    static final byte FIRST_BYTE = 22;

    /** How far it is. */
    sealed interface State {
        record Incomplete() implements State {}

        /** @param name the server's name (RFC 6066, 3), in lower case; empty where it says none */
        record Complete(Optional<String> name) implements State {}

        record NotTls() implements State {}
    }

    private final Reader reader = new Reader();
    private final EmbeddedChannel channel = new EmbeddedChannel(reader);
    private int bytes;

    /** Takes the next bytes of the stream. */
    State take(byte[] piece) {
        bytes += piece.length;
        if (bytes > BYTES_MOST) {
            return new State.NotTls();
        }
        try {
            channel.writeInbound(Unpooled.wrappedBuffer(piece));
        } catch (Exception e) {
            return new State.NotTls();
        }
        return reader.state;
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
    }

    private static final class Reader extends AbstractSniHandler<Void> {
        private State state = new State.Incomplete();

        /** Our own timer bounds the time. */
        Reader() {
            super(BYTES_MOST, 0L);
        }

        @Override
        protected Future<Void> lookup(ChannelHandlerContext context, ByteBuf hello) throws Exception {
            // Without a message it was a record of another kind.
            if (hello == null) {
                state = new State.NotTls();
                return context.executor().newSucceededFuture(null);
            }
            return super.lookup(context, hello);
        }

        @Override
        protected Future<Void> lookup(ChannelHandlerContext context, String name) {
            state = new State.Complete(Optional.ofNullable(name));
            return context.executor().newSucceededFuture(null);
        }

        @Override
        protected void onLookupComplete(ChannelHandlerContext context, String name, Future<Void> done) {
            // All that was asked for is known.
        }
    }
}
