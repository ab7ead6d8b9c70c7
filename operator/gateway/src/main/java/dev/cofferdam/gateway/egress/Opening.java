package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.gateway.egress.http.Request;
import dev.cofferdam.policy.Connections.Verdict;
import dev.cofferdam.record.Quoted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The beginning of a stream that must be HTTP, with or without TLS: the client speaks first, and no server hears of it before it has said the right name. */
final class Opening implements AutoCloseable {
    private static final int NAME_SHOWN_MOST = 256;

    private final Tunnel tunnel;
    private final ToolStream tool;
    private final boolean http;
    private final boolean https;
    private final List<byte[]> held = new ArrayList<>();
    private Greeting greeting;
    private InspectedTool inspected;

    /** @param allowed what the stream may be */
    Opening(Tunnel tunnel, ToolStream tool, Verdict.Allowed allowed) {
        this.tunnel = tunnel;
        this.tool = tool;
        this.http = allowed.carries(NetworkProtocol.Http);
        this.https = allowed.carries(NetworkProtocol.Https);
    }

    void listen() {
        tool.accept();
        tunnel.patience().awaitOpening();
        tool.listen(this::first, () -> tunnel.rejected("the stream ended before it began"));
    }

    /** The first byte tells the protocols apart: no method begins with that of a greeting (RFC 8446, 5.1). */
    private void first(byte[] bytes) {
        if (tunnel.isOver() || bytes.length == 0) {
            return;
        }
        if (https && (!http || bytes[0] == Greeting.FIRST_BYTE)) {
            tunnel.permit().carries(NetworkProtocol.Https);
            greeting = new Greeting();
            tool.listen(this::greeted, () -> tunnel.rejected("the stream ended before its TLS greeting"));
            greeted(bytes);
        } else {
            Requests requests = new Requests(tunnel, tool, Request.Scheme.Http);
            tunnel.carry(NetworkProtocol.Http, requests);
            tool.listen(requests::ask, requests::askedAll);
            requests.ask(bytes);
        }
    }

    private void greeted(byte[] piece) {
        if (tunnel.isOver()) {
            return;
        }
        held.add(piece);
        switch (greeting.take(piece)) {
            case Greeting.State.Incomplete incomplete -> {}
            case Greeting.State.NotTls not -> tunnel.rejected("not a TLS greeting");
            case Greeting.State.Complete complete -> {
                tunnel.patience().inTime();
                tool.pause();
                greeting.close();
                greeting = null;
                greeted(complete.name());
            }
        }
    }

    private void greeted(Optional<String> name) {
        if (name.isEmpty() && !tunnel.isToAddress()) {
            tunnel.rejected("the TLS greeting names no server");
            return;
        }
        if (name.isPresent() && tunnel.permit().greet(name.get()) instanceof Verdict.Denied denied) {
            Map<String, String> why = TunnelRecord.why(denied);
            why.put("serverName", Quoted.bounded(name.get(), NAME_SHOWN_MOST));
            tunnel.conclude(AuditResult.Denied, why);
            tool.reset();
            return;
        }
        if (tunnel.permit().isToBeInspected()) {
            inspect();
            return;
        }
        tunnel.permit().unread();
        tunnel.carry(NetworkProtocol.Https, new Pipe(tunnel, tool, held));
        held.clear();
        tunnel.dial();
    }

    /** From here on we are the server, and no server hears of it before a request may be made. */
    private void inspect() {
        tunnel.inspected().ifPresent(shown -> {
            inspected = new InspectedTool(tunnel, tool, shown);
            Requests requests = new Requests(tunnel, inspected, Request.Scheme.Https);
            tunnel.carry(NetworkProtocol.Https, requests);
            tunnel.patience().awaitRequest();
            List<byte[]> first = List.copyOf(held);
            held.clear();
            inspected.begin(requests, first);
        });
    }

    @Override
    public void close() {
        held.clear();
        if (greeting != null) {
            greeting.close();
            greeting = null;
        }
        if (inspected != null) {
            inspected.close();
        }
    }
}
