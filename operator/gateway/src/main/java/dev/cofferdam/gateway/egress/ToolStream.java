package dev.cofferdam.gateway.egress;

import dev.cofferdam.gateway.http.EmptyAnswer;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;
import java.util.function.Consumer;

/** The tool's side of a tunnel: a stream of HTTP/2, of which either direction can end before the other. Paused until it is {@link #listen listened} to. */
final class ToolStream implements ToolSide {
    private static final int OK = 200;
    private static final long CANCEL = 0x8;
    private static final long NO_ERROR = 0x0;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Backlog backlog;

    /** Bytes that were written and that the tool has no room for. */
    private long waiting;

    private boolean gone;
    private boolean ended;

    /** @param backlog counts what waits */
    ToolStream(HttpServerRequest request, Backlog backlog) {
        this.request = request;
        this.response = request.response();
        this.backlog = backlog;
    }

    List<String> header(String name) {
        return request.headers().getAll(name);
    }

    /** @param gone is called when the tool has gone away, or reset the stream */
    void watch(Runnable gone) {
        request.exceptionHandler(broken -> gone.run());
        response.exceptionHandler(broken -> gone.run());
        response.closeHandler(closed -> {
            this.gone = true;
            taken(waiting);
            gone.run();
        });
    }

    /** Whether what all streams of the sandbox go over is there: where it is not, it was not the tool that ended this one. */
    boolean isConnected() {
        return ((ConnectionBase) request.connection()).channel().isActive();
    }

    /** Lets the tool begin. */
    void accept() {
        if (!response.headWritten()) {
            response.setStatusCode(OK).writeHead();
        }
    }

    /** From now on, also what came before. */
    void listen(Consumer<byte[]> bytes, Runnable all) {
        request.handler(buffer -> bytes.accept(buffer.getBytes()));
        request.endHandler(end -> {
            ended = true;
            all.run();
        });
        request.resume();
    }

    /** Whether the tool sends no more. */
    boolean hasEnded() {
        return ended;
    }

    @Override
    public void write(byte[] bytes) {
        // Not a copy: whoever wrote it does not change it any more.
        Future<Void> written = response.write(Buffer.buffer(Unpooled.wrappedBuffer(bytes)));
        if (!gone && !written.isComplete()) {
            waiting += bytes.length;
            backlog.add(bytes.length);
            written.onComplete(done -> taken(Math.min(waiting, bytes.length)));
        }
    }

    private void taken(long count) {
        waiting -= count;
        backlog.remove(count);
    }

    @Override
    public void whenRoom(Runnable then) {
        if (response.writeQueueFull()) {
            response.drainHandler(drained -> then.run());
        } else {
            then.run();
        }
    }

    @Override
    public void pause() {
        request.pause();
    }

    @Override
    public void resume() {
        if (!ended) {
            request.resume();
        }
    }

    /** The server sends no more. With this the stream may be over, and its handlers are called. */
    void end() {
        response.end();
    }

    @Override
    public void finish() {
        if (!response.ended() && !response.closed()) {
            response.end().onComplete(sent -> {
                if (!ended) {
                    response.reset(NO_ERROR);
                }
            });
        }
    }

    @Override
    public void reset() {
        if (!response.closed()) {
            response.reset(CANCEL);
        }
    }

    /** To the tool it is a reset, too. */
    void refuse(int status) {
        if (response.headWritten()) {
            reset();
        } else if (!response.closed()) {
            EmptyAnswer.send(request, status);
        }
    }
}
