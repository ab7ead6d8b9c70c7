package dev.cofferdam.gateway.channel;

import io.vertx.core.Vertx;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.WebSocketFrameType;
import java.util.Set;
import java.util.function.Consumer;

/** A WebSocket as a connection. Frames are taken at a bounded pace; a peer that sends faster waits. */
final class SocketConnection implements Connection {
    private static final Set<WebSocketFrameType> CONTROL =
            Set.of(WebSocketFrameType.PING, WebSocketFrameType.PONG, WebSocketFrameType.CLOSE);
    private static final int FRAMES_OF_ONE_BEAT = 256;
    private static final long BEAT_MILLIS = 50;

    private final Vertx vertx;
    private final ServerWebSocket socket;
    private int framesOfThisBeat;

    private SocketConnection(Vertx vertx, ServerWebSocket socket) {
        this.vertx = vertx;
        this.socket = socket;
    }

    /** Nothing is read before {@link #read}. */
    static SocketConnection of(Vertx vertx, ServerWebSocket socket) {
        socket.pause();
        return new SocketConnection(vertx, socket);
    }

    /** Starts to read. All handlers run on the socket's event loop, one at a time. */
    void read(FrameDecoder decoder, Consumer<Decoded> frames, Runnable closed) {
        socket.frameHandler(frame -> {
            // Vert.x itself answers pings and closes.
            if (!CONTROL.contains(frame.type())) {
                pace();
                frames.accept(decoded(decoder, frame));
            }
        });
        // Among them a frame or message over the transport's bound.
        socket.exceptionHandler(failure -> {
            if (failure instanceof io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException
                    || failure instanceof io.netty.handler.codec.TooLongFrameException) {
                frames.accept(new Decoded.Malformed("a message is a bounded frame of RFC 6455"));
            }
        });
        socket.closeHandler(ignored -> closed.run());
        if (socket.isClosed()) {
            closed.run();
        } else {
            socket.resume();
        }
    }

    /** Pieces of a message are not put together: what they come to would only be known when it is too much. */
    private static Decoded decoded(FrameDecoder decoder, WebSocketFrame frame) {
        if (frame.isContinuation() || !frame.isFinal()) {
            return new Decoded.Malformed("a message is not sent in pieces");
        }
        return frame.isText() ? decoder.decode(frame.textData()) : new Decoded.Malformed("a frame is a text message");
    }

    private void pace() {
        framesOfThisBeat++;
        if (framesOfThisBeat == 1) {
            vertx.setTimer(BEAT_MILLIS, timer -> {
                framesOfThisBeat = 0;
                socket.resume();
            });
        }
        if (framesOfThisBeat >= FRAMES_OF_ONE_BEAT) {
            socket.pause();
        }
    }

    @Override
    public String gateway() {
        String address = socket.localAddress().hostAddress();
        return (address.contains(":") ? "[" + address + "]" : address) + ":"
                + socket.localAddress().port();
    }

    @Override
    public void send(GatewayFrame frame) {
        if (!socket.isClosed()) {
            socket.writeTextMessage(frame.encode());
        }
    }

    @Override
    public void close(short code) {
        if (!socket.isClosed()) {
            socket.close(code);
        }
    }
}
