package dev.cofferdam.gateway.egress;

import dev.cofferdam.gateway.egress.http.Conversation;
import dev.cofferdam.policy.match.Address;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A connection to a server, of which either direction can end before the other. All of it happens on one event loop. Nothing is read before {@link #read}, and
 * nothing more than was asked for.
 */
final class Upstream extends ChannelInboundHandlerAdapter implements Conversation.Server {
    private static final int PIECE_BYTES = 64 << 10;

    /** What the server does. */
    interface Listener {
        /** Bytes came. {@link #more} follows where all that is there has been handed over. */
        void bytes(byte[] bytes);

        void more();

        /** The server sends no more. */
        void ended();

        /** There is room for more again. */
        void writable();

        /** The connection is gone. */
        void lost();
    }

    private final Listener listener;
    private final Promise<Void> connected = Promise.promise();
    private Channel channel;
    private boolean inputEnded;
    private boolean broken;
    private boolean closing;

    private Upstream(Listener listener) {
        this.listener = listener;
    }

    /** Begins to connect; {@link #connected} says what came of it. */
    static Upstream connect(EventLoop loop, Address to, int port, int millis, Listener listener) {
        Upstream upstream = new Upstream(listener);
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(PIECE_BYTES, 4 * PIECE_BYTES))
                .handler(upstream)
                .connect(new InetSocketAddress(InetAddress.ofLiteral(to.toString()), port));
        upstream.channel = connecting.channel();
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                upstream.connected.complete();
            } else {
                upstream.connected.fail(done.cause());
            }
        });
        return upstream;
    }

    Future<Void> connected() {
        return connected.future();
    }

    /** Asks for what the server sends next. */
    @Override
    public void read() {
        channel.read();
    }

    /** Whether there is room for more after it. */
    @Override
    public boolean write(byte[] bytes) {
        channel.writeAndFlush(Unpooled.wrappedBuffer(bytes));
        return channel.isWritable();
    }

    /** Sends no more: after all that was written. */
    void end() {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess() && channel.isActive()) {
                ((SocketChannel) channel).shutdownOutput();
            }
        });
    }

    /** Both directions have ended: closes after all that was written. */
    void close() {
        closing = true;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> channel.close());
    }

    /** Breaks it off: the server sees a reset. */
    void abort() {
        closing = true;
        if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        try {
            byte[] bytes = new byte[buffer.readableBytes()];
            buffer.readBytes(bytes);
            if (!closing) {
                listener.bytes(bytes);
            }
        } finally {
            buffer.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (!closing && !inputEnded) {
            listener.more();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent && !inputEnded && !broken && !closing) {
            inputEnded = true;
            listener.ended();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable() && !closing) {
            listener.writable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!closing) {
            closing = true;
            listener.lost();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // What comes after it looks like an end of the input, and is none.
        broken = true;
        context.close();
    }
}
