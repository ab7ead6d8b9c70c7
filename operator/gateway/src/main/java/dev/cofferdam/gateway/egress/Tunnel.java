package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.gateway.http.EmptyAnswer;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Connections.Verdict;
import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.record.Quoted;
import io.netty.channel.EventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.impl.ContextInternal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One attempt to connect, from the request to its event. Its way is one method after the other: {@link #begin}, {@link #lookedUp}, {@link #decided},
 * {@link #greeted}, {@link #connect}, {@link #connected}. All of it happens on the request's event loop, but for {@link #cut} and {@link #reconsider}.
 */
final class Tunnel {
    static final String TARGET_HEADER = "cofferdam-target";

    private static final int OK = 200;
    private static final int FORBIDDEN = 403;
    private static final int TOO_MANY = 429;
    private static final int UNREACHABLE = 502;
    private static final long CANCEL = 0x8;
    private static final int WHY_SHOWN_MOST = 256;

    private final Vertx vertx;
    private final ContextInternal context;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Tunnels tunnels;
    private final RunTunnels run;
    private final Instant since;
    private final AtomicBoolean concluded = new AtomicBoolean();
    private final Optional<Target> target;
    private final String resource;

    private volatile List<Address> addresses = List.of();
    private volatile NetworkProtocol protocol;
    private volatile long bytesUp;
    private volatile long bytesDown;
    private volatile String reached;
    private volatile String greeted;
    private Greeting greeting;
    private List<byte[]> held = new ArrayList<>();
    private Upstream connecting;
    private Upstream upstream;
    private boolean requestEnded;
    private boolean responseEnded;
    private long timer = -1;

    Tunnel(Vertx vertx, HttpServerRequest request, Tunnels tunnels, RunTunnels run) {
        this.vertx = vertx;
        this.context = (ContextInternal) vertx.getOrCreateContext();
        this.request = request;
        this.response = request.response();
        this.tunnels = tunnels;
        this.run = run;
        this.since = run.now();
        List<String> written = request.headers().getAll(TARGET_HEADER);
        String first = written.isEmpty() ? "" : written.getFirst();
        this.target = written.size() == 1 ? Target.parse(first) : Optional.empty();
        this.resource = target.map(Target::toString).orElseGet(() -> Target.shown(first));
    }

    /** A limit. */
    void tooMany() {
        refuse(TOO_MANY, AuditResult.Denied, Map.of("reason", "TooManyConnections"));
    }

    void begin() {
        request.exceptionHandler(broken -> abandoned());
        response.exceptionHandler(broken -> abandoned());
        response.closeHandler(closed -> abandoned());
        if (target.isEmpty()) {
            refuse(FORBIDDEN, AuditResult.Denied, Map.of("reason", "HostInvalid"));
            return;
        }
        Target to = target.get();
        if (tunnels.connections(run.claim()).resolve(to.host(), to.port()) instanceof Verdict.Denied denied) {
            deny(denied);
        } else if (to.address().isPresent()) {
            lookedUp(List.of(to.address().get()));
        } else {
            EventLoop loop = context.nettyEventLoop();
            within(tunnels.bounds().lookUpMillis(), () -> error(UNREACHABLE, "HostUnresolved", "no answer in time"));
            tunnels.resolver()
                    .look(to.host(), loop)
                    .onSuccess(this::lookedUp)
                    .onFailure(failure -> error(UNREACHABLE, "HostUnresolved", String.valueOf(failure.getMessage())));
        }
    }

    /** Every answer is looked at, and one that must not be reached denies them all. */
    private void lookedUp(List<Address> found) {
        if (concluded.get()) {
            return;
        }
        inTime();
        Target to = target.orElseThrow();
        if (found.size() > Bounds.ADDRESSES_MOST) {
            error(UNREACHABLE, "HostUnresolved", "more than " + Bounds.ADDRESSES_MOST + " addresses");
            return;
        }
        addresses = List.copyOf(found);
        // Read after it can be found by whoever takes something away, so that nothing falls in between.
        Verdict verdict = tunnels.connections(run.claim()).connect(to.host(), to.port(), found, tunnels.floor());
        switch (verdict) {
            case Verdict.Denied denied -> deny(denied);
            case Verdict.Allowed allowed -> decided(allowed.protocol());
        }
    }

    private void decided(NetworkProtocol allowed) {
        protocol = allowed;
        if (allowed == NetworkProtocol.Tcp) {
            connect(0);
            return;
        }
        // The client speaks first, and no server hears of it before it has said the right name.
        greeting = new Greeting();
        response.setStatusCode(OK).writeHead();
        within(tunnels.bounds().greetingMillis(), () -> rejected("no TLS greeting in time"));
        request.endHandler(end -> rejected("the stream ended before its TLS greeting"));
        request.handler(this::greeted);
        request.resume();
    }

    private void greeted(Buffer buffer) {
        if (concluded.get()) {
            return;
        }
        byte[] piece = buffer.getBytes();
        held.add(piece);
        switch (greeting.take(piece)) {
            case Greeting.State.Incomplete incomplete -> {}
            case Greeting.State.NotTls not -> rejected("not a TLS greeting");
            case Greeting.State.Complete complete -> {
                inTime();
                request.pause();
                greeting.close();
                greeting = null;
                greeted(complete.name());
            }
        }
    }

    private void greeted(Optional<String> name) {
        Target to = target.orElseThrow();
        if (name.isEmpty() && to.address().isEmpty()) {
            rejected("the TLS greeting names no server");
            return;
        }
        Verdict verdict = name.isEmpty()
                ? new Verdict.Allowed(protocol)
                : tunnels.connections(run.claim()).greet(to.host(), to.port(), name.get(), addresses, tunnels.floor());
        switch (verdict) {
            case Verdict.Denied denied -> {
                Map<String, String> why = why(denied);
                why.put("serverName", Quoted.bounded(name.orElse(""), WHY_SHOWN_MOST));
                conclude(AuditResult.Denied, why);
                reset();
            }
            case Verdict.Allowed allowed -> {
                greeted = name.orElse(null);
                connect(0);
            }
        }
    }

    /** One address after the other, and none but those that were checked. */
    private void connect(int at) {
        Address address = addresses.get(at);
        Upstream trying = Upstream.connect(
                context.nettyEventLoop(),
                address,
                target.orElseThrow().port(),
                tunnels.bounds().connectMillis(),
                new FromServer());
        connecting = trying;
        trying.connected().onSuccess(done -> connected(trying, address)).onFailure(failure -> {
            boolean more = at + 1 < Math.min(addresses.size(), Bounds.ADDRESSES_TRIED_MOST);
            if (more && !concluded.get()) {
                connect(at + 1);
            } else {
                error(UNREACHABLE, "Unreachable", address + ": " + failure.getMessage());
            }
        });
    }

    private void connected(Upstream open, Address address) {
        // What was taken away while this was on its way may have been looked for too early.
        reconsider(tunnels.connections(run.claim()), tunnels.floor());
        if (concluded.get()) {
            open.abort();
            return;
        }
        upstream = open;
        reached = address.toString();
        if (!response.headWritten()) {
            response.setStatusCode(OK).writeHead();
        }
        List<byte[]> first = held;
        held = null;
        first.forEach(this::up);
        request.handler(buffer -> up(buffer.getBytes()));
        request.endHandler(end -> {
            requestEnded = true;
            if (responseEnded) {
                finished();
            } else {
                upstream.end();
            }
        });
        request.resume();
        upstream.read();
    }

    private void up(byte[] bytes) {
        if (concluded.get()) {
            return;
        }
        bytesUp += bytes.length;
        if (!upstream.write(bytes)) {
            request.pause();
        }
    }

    /** What the server does, on the same event loop. */
    private final class FromServer implements Upstream.Listener {
        @Override
        public void bytes(byte[] bytes) {
            if (!concluded.get()) {
                bytesDown += bytes.length;
                response.write(Buffer.buffer(bytes));
            }
        }

        @Override
        public void more() {
            if (concluded.get()) {
                return;
            }
            if (response.writeQueueFull()) {
                response.drainHandler(drained -> upstream.read());
            } else {
                upstream.read();
            }
        }

        @Override
        public void ended() {
            responseEnded = true;
            if (concluded.get()) {
                return;
            }
            if (requestEnded) {
                finished();
            }
            // With this the stream may be over, and its handlers are called.
            response.end();
        }

        @Override
        public void writable() {
            if (!requestEnded && !concluded.get()) {
                request.resume();
            }
        }

        @Override
        public void lost() {
            if (conclude(AuditResult.Allowed, Map.of("ended", "reset by the server"))) {
                reset();
            }
        }
    }

    private void finished() {
        conclude(AuditResult.Allowed, Map.of());
        upstream.close();
    }

    /** The sandbox has gone away, or reset the stream. */
    private void abandoned() {
        if (upstream == null) {
            conclude(AuditResult.Error, Map.of("reason", "Abandoned"));
        } else if (conclude(AuditResult.Allowed, Map.of("ended", "reset by the tool"))) {
            upstream.abort();
        }
    }

    /** Looks again, from whatever thread: what was taken away is cut at once. */
    void reconsider(Connections now, Floor floor) {
        Target to = target.orElse(null);
        List<Address> checked = addresses;
        if (to != null && !checked.isEmpty() && !stillGranted(to, checked, now, floor)) {
            cut("revoked");
        }
    }

    /** As what it is: bytes that nobody looked at are not what a narrower rule grants, and a server that was greeted is one that was asked for. */
    private boolean stillGranted(Target to, List<Address> checked, Connections now, Floor floor) {
        NetworkProtocol carried = protocol;
        String name = greeted;
        return switch (now.connect(to.host(), to.port(), checked, floor)) {
            case Verdict.Denied denied -> false;
            case Verdict.Allowed(NetworkProtocol asked) ->
                (carried == null || asked == NetworkProtocol.Tcp || asked == carried)
                        && (name == null
                                || now.greet(to.host(), to.port(), name, checked, floor) instanceof Verdict.Allowed);
        };
    }

    /** From whatever thread. When this returns, it is on record. */
    void cut(String why) {
        boolean first = reached == null
                ? conclude(AuditResult.Denied, Map.of("reason", why))
                : conclude(AuditResult.Allowed, Map.of("ended", why));
        if (first) {
            context.runOnContext(run -> {
                if (upstream != null) {
                    upstream.abort();
                }
                reset();
            });
        }
    }

    private void deny(Verdict.Denied denied) {
        refuse(FORBIDDEN, AuditResult.Denied, why(denied));
    }

    private static Map<String, String> why(Verdict.Denied denied) {
        Map<String, String> why = new TreeMap<>();
        why.put("reason", denied.codes());
        why.put(
                "message",
                Quoted.bounded(
                        denied.reasons().stream()
                                .map(DecisionReason::message)
                                .findFirst()
                                .orElse(""),
                        WHY_SHOWN_MOST));
        return why;
    }

    private void rejected(String why) {
        if (conclude(AuditResult.Denied, Map.of("reason", "ServerNameNotAllowed", "message", why))) {
            reset();
        }
    }

    private void error(int status, String reason, String message) {
        refuse(status, AuditResult.Error, Map.of("reason", reason, "message", Quoted.bounded(message, WHY_SHOWN_MOST)));
    }

    /** The tool learns nothing from it; the record has the reason. */
    private void refuse(int status, AuditResult result, Map<String, String> why) {
        if (!conclude(result, why)) {
            return;
        }
        if (response.headWritten()) {
            reset();
        } else if (!response.closed()) {
            EmptyAnswer.send(request, status);
        }
    }

    private void reset() {
        if (!response.closed()) {
            response.reset(CANCEL);
        }
    }

    /** Once. */
    private boolean conclude(AuditResult result, Map<String, String> why) {
        // With the run's lock, so that the end of the run finds it either open or on record.
        synchronized (run) {
            if (!concluded.compareAndSet(false, true)) {
                return false;
            }
            run.note(resource, result, detail(why));
        }
        tunnels.left(run, this);
        context.runOnContext(over -> release());
        return true;
    }

    /** Gives back what an attempt holds that did not come to its connection. */
    private void release() {
        inTime();
        held = null;
        if (greeting != null) {
            greeting.close();
            greeting = null;
        }
        if (upstream == null && connecting != null) {
            connecting.abort();
        }
    }

    private Map<String, String> detail(Map<String, String> why) {
        Map<String, String> detail = new TreeMap<>(why);
        detail.put("bytesUp", Long.toString(bytesUp));
        detail.put("bytesDown", Long.toString(bytesDown));
        detail.put(
                "durationMillis",
                Long.toString(Math.max(0, Duration.between(since, run.now()).toMillis())));
        detail.put("visibility", "tunnel");
        if (reached != null) {
            detail.put("address", reached);
        }
        if (protocol != null) {
            detail.put("protocol", protocol.text());
        }
        return detail;
    }

    private void within(long millis, Runnable late) {
        inTime();
        timer = vertx.setTimer(millis, fired -> late.run());
    }

    private void inTime() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
    }
}
