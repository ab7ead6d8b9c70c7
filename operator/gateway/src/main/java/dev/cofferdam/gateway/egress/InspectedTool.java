package dev.cofferdam.gateway.egress;

import dev.cofferdam.gateway.egress.tls.ServerSide;
import dev.cofferdam.record.AccessReason;
import io.netty.handler.ssl.SslContext;
import java.util.List;

/** The tool's side of a tunnel whose TLS ends here: the tool speaks with us, by a certificate of its run's own authority. All of it happens on the tunnel's event loop. */
final class InspectedTool implements ToolSide, AutoCloseable {
    /** Bytes that a tool sends for TLS itself: in a handshake a client without a certificate sends far fewer, and records without content are for nothing. */
    private static final int OWN_BYTES_MOST = 64 << 10;

    /** Bytes of a record that carries but one, and room: the shortest have 23. What passes is bounded, and so is then what it came in. */
    private static final int BYTES_OF_ONE_MOST = 96;

    /** Bytes of what TLS itself answers to a tool, which may not read them: a new session, a new key. */
    private static final int ANSWER_BYTES_MOST = 64 << 10;

    private final Tunnel tunnel;
    private final ToolStream tool;
    private final ServerSide tls;
    private Requests requests;
    private long taken;
    private long plain;
    private int answered;
    private boolean ended;
    private boolean closed;

    InspectedTool(Tunnel tunnel, ToolStream tool, SslContext shown) {
        this.tunnel = tunnel;
        this.tool = tool;
        this.tls = new ServerSide(shown);
    }

    /** @param greeting what came of the tool before it was known that TLS ends here */
    void begin(Requests to, List<byte[]> greeting) {
        requests = to;
        tool.listen(this::take, this::streamEnded);
        greeting.forEach(this::take);
    }

    private void take(byte[] bytes) {
        if (tunnel.isOver() || closed || ended) {
            return;
        }
        boolean before = tls.isOpen();
        ServerSide.Taken came;
        try {
            came = tls.take(bytes);
        } catch (ServerSide.FailedException e) {
            tunnel.failed(AccessReason.TlsFailed.name(), "TLS with the tool: " + e.getMessage());
            return;
        }
        taken += bytes.length;
        plain += came.plain().length;
        answered += before ? came.answer().length : 0;
        if (taken - plain * BYTES_OF_ONE_MOST > OWN_BYTES_MOST || answered > ANSWER_BYTES_MOST) {
            tunnel.failed(
                    AccessReason.TlsFailed.name(), "TLS with the tool: more of its own bytes than any client needs");
            return;
        }
        if (came.answer().length > 0) {
            tool.write(came.answer());
        }
        if (came.plain().length > 0) {
            requests.ask(came.plain());
        }
        if (tls.isEnded()) {
            end();
        }
    }

    private void streamEnded() {
        if (!tunnel.isOver() && !tls.isOpen()) {
            tunnel.failed(AccessReason.TlsFailed.name(), "TLS with the tool: the stream ended within the handshake");
        } else {
            end();
        }
    }

    private void end() {
        if (!ended) {
            ended = true;
            requests.askedAll();
        }
    }

    @Override
    public void write(byte[] bytes) {
        if (!closed) {
            tool.write(tls.give(bytes));
        }
    }

    @Override
    public void pause() {
        tool.pause();
    }

    @Override
    public void resume() {
        tool.resume();
    }

    @Override
    public void whenRoom(Runnable then) {
        tool.whenRoom(then);
    }

    @Override
    public void finish() {
        if (!closed) {
            tool.write(tls.end());
        }
        tool.finish();
    }

    @Override
    public void reset() {
        tool.reset();
    }

    @Override
    public void close() {
        closed = true;
        tls.close();
    }
}
