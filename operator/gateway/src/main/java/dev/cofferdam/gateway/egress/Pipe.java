package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.record.AccessEnd;
import java.util.List;
import java.util.Map;

/** Bytes of any kind, or of TLS, as they are. */
final class Pipe implements Carriage {
    private final Tunnel tunnel;
    private final ToolStream tool;
    private List<byte[]> held;
    private Upstream upstream;
    private volatile long bytesUp;
    private volatile long bytesDown;
    private boolean serverEnded;

    /** @param held what came of the tool before there was a server */
    Pipe(Tunnel tunnel, ToolStream tool, List<byte[]> held) {
        this.tunnel = tunnel;
        this.tool = tool;
        this.held = List.copyOf(held);
    }

    @Override
    public void connected(Upstream open) {
        upstream = open;
        tool.accept();
        List<byte[]> first = held;
        held = List.of();
        first.forEach(this::up);
        tool.listen(this::up, this::toolEnded);
        upstream.read();
    }

    private void up(byte[] bytes) {
        if (tunnel.isOver()) {
            return;
        }
        byte[] passing = tunnel.allowance().within(Allowance.Kind.bytesUp, bytes);
        bytesUp += passing.length;
        if (!upstream.write(passing)) {
            tool.pause();
        }
        if (passing.length < bytes.length) {
            tunnel.exhausted(Allowance.Kind.bytesUp);
        }
    }

    private void toolEnded() {
        if (serverEnded) {
            finished();
        } else {
            upstream.end();
        }
    }

    @Override
    public void bytes(byte[] bytes) {
        if (tunnel.isOver()) {
            return;
        }
        byte[] passing = tunnel.allowance().within(Allowance.Kind.bytesDown, bytes);
        bytesDown += passing.length;
        tool.write(passing);
        if (passing.length < bytes.length) {
            tunnel.exhausted(Allowance.Kind.bytesDown);
        }
    }

    @Override
    public void more() {
        if (!tunnel.isOver()) {
            tool.whenRoom(upstream::read);
        }
    }

    @Override
    public void ended(boolean whole) {
        serverEnded = true;
        if (tunnel.isOver()) {
            return;
        }
        if (tool.hasEnded()) {
            finished();
        }
        tool.end();
    }

    @Override
    public void writable() {
        if (!tunnel.isOver()) {
            tool.resume();
        }
    }

    @Override
    public void lost() {
        if (tunnel.conclude(AuditResult.Allowed, Map.of("ended", AccessEnd.ResetByServer.text()))) {
            tool.reset();
        }
    }

    private void finished() {
        tunnel.conclude(AuditResult.Allowed, Map.of());
        upstream.close();
    }

    @Override
    public void record(AuditResult result, Map<String, String> why) {
        tunnel.record().connection(result, why, bytesUp, bytesDown);
    }
}
