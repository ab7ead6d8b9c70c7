package dev.cofferdam.gateway.egress;

import dev.cofferdam.gateway.egress.http.Conversation;
import dev.cofferdam.gateway.egress.tls.Failures;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.record.AccessReason;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.EOFException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A connection to a server, of which either direction can end before the other. All of it happens on one event loop. Nothing is read before {@link #read}, and
 * nothing more than was asked for.
 */
final class Upstream extends ChannelInboundHandlerAdapter implements Conversation.Server {
    static final int PIECE_BYTES = 64 << 10;

    private static final long CLOSE_MILLIS = 2_000;

    /** What the server does. */
    interface Listener {
        /** Bytes came. {@link #more} follows where all that is there has been handed over. */
        void bytes(byte[] bytes);

        void more();

        /**
         * The server sends no more.
         *
         * @param whole unless there is TLS, and its end is missing
         */
        void ended(boolean whole);

        /** There is room for more again. */
        void writable();

        /** The connection is gone. */
        void lost();
    }

    /** Why there is no TLS with the server; the connection itself was there. */
    static final class TlsException extends Exception {
        private static final long serialVersionUID = 1L;
        private final boolean trust;

        TlsException(Throwable cause) {
            super(Failures.words(cause), cause);
            trust = Failures.isTrust(cause);
        }

        /** A word for the record. */
        String reason() {
            return (trust ? AccessReason.ServerNotTrusted : AccessReason.TlsFailed).name();
        }
    }

    private final Listener listener;
    private final Optional<SslHandler> tls;
    private final Backlog backlog;
    private final Promise<Void> connected = Promise.promise();
    private Channel channel;
    private boolean inputEnded;
    private boolean broken;
    private boolean closing;

    /** Bytes that were written and that the system has not taken. */
    private long waiting;

    /** Whether somebody was told that there is no room. */
    private boolean full;

    /** Whether what comes is the server's, and not a matter of TLS. */
    private boolean ready;

    private Upstream(Listener listener, Optional<SslHandler> tls, Backlog backlog) {
        this.listener = listener;
        this.tls = tls;
        this.backlog = backlog;
    }

    /**
     * Begins to connect; {@link #connected} says what came of it.
     *
     * @param tls where what is written is to be encrypted
     * @param backlog counts what waits until it is sent, or the connection gone
     */
    static Upstream connect(
            EventLoop loop,
            Address to,
            int port,
            int millis,
            Listener listener,
            Optional<SslHandler> tls,
            Backlog backlog) {
        Upstream upstream = new Upstream(listener, tls, backlog);
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.RCVBUF_ALLOCATOR, new ReadSizes(backlog))
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(PIECE_BYTES / 2, PIECE_BYTES))
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        tls.ifPresent(channel.pipeline()::addLast);
                        channel.pipeline().addLast(upstream);
                    }
                })
                .connect(new InetSocketAddress(InetAddress.ofLiteral(to.toString()), port));
        upstream.channel = connecting.channel();
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                upstream.connected.fail(done.cause());
            } else if (tls.isPresent()) {
                upstream.shake(tls.get());
            } else {
                upstream.begin();
            }
        });
        return upstream;
    }

    private void begin() {
        ready = true;
        connected.tryComplete();
    }

    private void shake(SslHandler handler) {
        handler.handshakeFuture().addListener(done -> {
            if (done.isSuccess()) {
                begin();
            } else {
                broken(done.cause());
            }
        });
        channel.read();
    }

    private void broken(Throwable cause) {
        if (connected.tryFail(new TlsException(cause))) {
            abort();
        }
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
        waiting += bytes.length;
        backlog.add(bytes.length);
        channel.writeAndFlush(Unpooled.wrappedBuffer(bytes)).addListener(taken -> {
            waiting -= bytes.length;
            backlog.remove(bytes.length);
            roomAgain();
        });
        full = !hasRoom();
        return !full;
    }

    private boolean hasRoom() {
        return channel.isWritable() && (waiting == 0 || backlog.hasRoom());
    }

    private void roomAgain() {
        if (full && ready && !closing && hasRoom()) {
            full = false;
            listener.writable();
        }
    }

    /** Sends no more: after all that was written. */
    void end() {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess() && channel.isActive()) {
                ((SocketChannel) channel).shutdownOutput();
            }
        });
    }

    /** Both directions have ended: closes after all that was written, for which a server that does not read has so much time. */
    void close() {
        closing = true;
        ScheduledFuture<?> late = channel.eventLoop().schedule(this::abort, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> late.cancel(false));
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> channel.close());
    }

    /** Does it when nothing of the connection is here any more. */
    void whenGone(Runnable then) {
        channel.closeFuture().addListener(gone -> then.run());
    }

    /** Whether it was closed or broken off, or is gone. */
    boolean isClosing() {
        return closing;
    }

    /** Breaks it off: the server sees a reset. */
    void abort() {
        closing = true;
        if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        ChannelHandlerContext secured =
                tls.map(handler -> channel.pipeline().context(handler)).orElse(null);
        if (secured == null) {
            channel.close();
        } else {
            // Past TLS, which would wait until its end is sent.
            secured.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        try {
            byte[] bytes = new byte[buffer.readableBytes()];
            buffer.readBytes(bytes);
            if (ready && !closing) {
                listener.bytes(bytes);
            }
        } finally {
            buffer.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (ready && !closing && !inputEnded) {
            listener.more();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        boolean end = event instanceof ChannelInputShutdownEvent;
        boolean said = event instanceof SslCloseCompletionEvent closed && closed.isSuccess();
        if (!ready && end) {
            broken(new EOFException("the server ended the connection within the handshake"));
        } else if ((end || said) && !inputEnded && !broken && !closing) {
            inputEnded = true;
            listener.ended(said || tls.isEmpty());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        roomAgain();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!ready) {
            broken(new EOFException("the server broke the connection off within the handshake"));
        } else if (!closing) {
            closing = true;
            listener.lost();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // What comes after it looks like an end of the input, and is none.
        broken = true;
        if (tls.isPresent() && !ready) {
            broken(cause);
        }
        context.close();
    }
}
