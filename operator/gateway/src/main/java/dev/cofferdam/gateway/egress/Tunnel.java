package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.gateway.egress.http.Authority;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Connections.Verdict;
import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.record.AccessEnd;
import dev.cofferdam.record.AccessReason;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import io.netty.handler.ssl.SslContext;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.ContextInternal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One attempt to connect, from the request to its record. Its way is one method after the other: {@link #begin}, {@link #lookedUp}, {@link #decided},
 * {@link #dial} and its {@link Dialling}, {@link #connected}; what passes then is the {@link Carriage}'s matter. All of it happens on the request's event loop, but for
 * {@link #cut} and {@link #reconsider}.
 */
final class Tunnel {
    static final String TARGET_HEADER = "cofferdam-target";

    private static final int FORBIDDEN = 403;
    private static final int TOO_MANY = 429;
    private static final int UNREACHABLE = 502;
    private static final int SHOWN_MOST = 128;

    private final ContextInternal context;
    private final ToolStream tool;
    private final Tunnels tunnels;
    private final RunTunnels run;
    private final AtomicBoolean concluded = new AtomicBoolean();
    private final Patience patience;
    private final Optional<Authority> target;
    private final Optional<Permit> permit;
    private final TunnelRecord record;
    private volatile Carriage carriage;
    private Opening opening;
    private Dialling dialling;
    private Upstream upstream;

    Tunnel(Vertx vertx, HttpServerRequest request, Tunnels tunnels, RunTunnels run) {
        this.context = (ContextInternal) vertx.getOrCreateContext();
        this.tool = new ToolStream(request, run.backlog());
        this.tunnels = tunnels;
        this.run = run;
        this.patience = new Patience(vertx, context, tunnels.bounds(), this);
        List<String> written = tool.header(TARGET_HEADER);
        String first = written.isEmpty() ? "" : written.getFirst();
        this.target = written.size() == 1 ? Authority.parse(first) : Optional.empty();
        this.permit = target.map(to -> new Permit(tunnels, run, to));
        this.record = new TunnelRecord(
                run, permit, target.map(Authority::toString).orElseGet(() -> Quoted.of(first, SHOWN_MOST)));
    }

    /** A limit. */
    void tooMany() {
        refuse(TOO_MANY, AuditResult.Denied, Map.of("reason", AccessReason.TooManyConnections.name()));
    }

    /** The run goes on by another replica, which its supervisor does not know of yet. */
    void tooLate() {
        refuse(UNREACHABLE, AuditResult.Error, Map.of("reason", AccessEnd.GatewayStopped.text()));
    }

    void begin() {
        tool.watch(this::abandoned);
        if (target.isEmpty()) {
            refuse(FORBIDDEN, AuditResult.Denied, Map.of("reason", Reason.HostInvalid.name()));
            return;
        }
        Authority to = target.get();
        if (permit().resolve() instanceof Verdict.Denied denied) {
            deny(denied);
        } else if (to.address().isPresent()) {
            lookedUp(List.of(to.address().get()));
        } else {
            patience.awaitAddresses(() -> error(Reason.HostUnresolved.name(), "no answer in time"));
            tunnels.resolver()
                    .look(to.host(), context.nettyEventLoop())
                    .onSuccess(this::lookedUp)
                    .onFailure(failure -> error(Reason.HostUnresolved.name(), String.valueOf(failure.getMessage())));
        }
    }

    /** Every answer is looked at, and one that must not be reached denies them all. */
    private void lookedUp(List<Address> found) {
        if (isOver()) {
            return;
        }
        patience.inTime();
        if (found.size() > Bounds.ADDRESSES_MOST) {
            error(Reason.HostUnresolved.name(), "more than " + Bounds.ADDRESSES_MOST + " addresses");
            return;
        }
        switch (permit().connect(found)) {
            case Verdict.Denied denied -> deny(denied);
            case Verdict.Allowed allowed -> decided(allowed);
        }
    }

    private void decided(Verdict.Allowed allowed) {
        if (allowed.carries(NetworkProtocol.Tcp)) {
            carry(NetworkProtocol.Tcp, new Pipe(this, tool, List.of()));
            dial();
            return;
        }
        opening = new Opening(this, tool, allowed);
        opening.listen();
    }

    /** What passes is that, and passes so. */
    void carry(NetworkProtocol what, Carriage how) {
        permit().carries(what);
        carriage = how;
    }

    /** Connects to one of the addresses, and to none but those that were checked. */
    void dial() {
        // One that is inspected was counted before its handshake, which is the work.
        if (permit().isInspected() || isCounted()) {
            dialling = new Dialling(this, tunnels, run.backlog(), context.nettyEventLoop(), carriage);
            dialling.begin();
        }
    }

    private boolean isCounted() {
        if (allowance().takes(Allowance.Kind.connections)) {
            return true;
        }
        refuse(TOO_MANY, AuditResult.Denied, allowance().exceeded(Allowance.Kind.connections));
        return false;
    }

    Allowance allowance() {
        return run.allowance();
    }

    /** A byte more would pass than may. What did pass gets where it was to go. */
    void exhausted(Allowance.Kind kind) {
        noteWhileOpen(() -> record.exhausted(kind));
        if (conclude(AuditResult.Allowed, Map.of("ended", AccessEnd.LimitReached.text()))) {
            if (upstream != null) {
                upstream.close();
            }
            tool.reset();
        }
    }

    /** Its TLS ends here: what the tool is shown. Empty where there are too many of that kind, which is its end. */
    Optional<SslContext> inspected() {
        if (!isCounted()) {
            return Optional.empty();
        }
        // With the run's lock: whoever concludes it finds that it has entered, or that it will not.
        synchronized (run) {
            if (isOver()) {
                return Optional.empty();
            }
            if (tunnels.inspector()
                    .open()
                    .enter(run.claim().namespace(), run.claim().podUid())) {
                permit().inspected();
            }
        }
        if (!permit().isInspected()) {
            tooMany();
            return Optional.empty();
        }
        return Optional.of(run.authority().shown(target().host()));
    }

    /** The server is there. */
    void connected(Upstream open, Address address) {
        // What was taken away while this was on its way may have been looked for too early.
        reconsider(tunnels.connections(run.claim()), tunnels.floor());
        if (isOver()) {
            open.abort();
            return;
        }
        upstream = open;
        record.reached(address);
        carriage.connected(open);
    }

    /** The sandbox has gone away, or reset the stream. */
    private void abandoned() {
        if (upstream == null) {
            conclude(AuditResult.Error, Map.of("reason", AccessReason.Abandoned.name()));
        } else if (conclude(
                AuditResult.Allowed,
                Map.of("ended", (tool.isConnected() ? AccessEnd.ResetByTool : AccessEnd.SandboxGone).text()))) {
            upstream.abort();
        }
    }

    /** Looks again, from whatever thread: what was taken away is cut at once. */
    void reconsider(Connections now, Floor floor) {
        if (permit.filter(known -> known.isRevoked(now, floor)).isPresent()) {
            cut(AccessEnd.Revoked);
        }
    }

    /** From whatever thread. When this returns, it is on record. */
    void cut(AccessEnd why) {
        cut(why, AuditResult.Denied);
    }

    /** The same, because this replica is told to stop. */
    void leave() {
        cut(AccessEnd.GatewayStopped, AuditResult.Error);
    }

    /** @param unreached what it was where there was no connection yet */
    private void cut(AccessEnd why, AuditResult unreached) {
        boolean first = record.hasReached()
                ? conclude(AuditResult.Allowed, Map.of("ended", why.text()))
                : conclude(unreached, Map.of("reason", why.text()));
        if (first) {
            context.runOnContext(run -> {
                if (upstream != null) {
                    upstream.abort();
                }
                tool.reset();
            });
        }
    }

    private void deny(Verdict.Denied denied) {
        refuse(FORBIDDEN, AuditResult.Denied, TunnelRecord.why(denied));
    }

    /** The stream is not what it must be. */
    void rejected(String why) {
        String reason = permit().protocol()
                .map(known -> known == NetworkProtocol.Https && !permit().isInspected()
                        ? AccessReason.ServerNameNotAllowed.name()
                        : AccessReason.RequestMalformed.name())
                .orElse(AccessReason.ProtocolNotSpoken.name());
        if (conclude(AuditResult.Denied, TunnelRecord.why(reason, why))) {
            tool.reset();
        }
    }

    /** Of a request not a byte passed for too long. */
    void silent() {
        if (conclude(AuditResult.Allowed, Map.of("ended", AccessEnd.Silent.text()))) {
            tool.reset();
        }
    }

    /** It cannot be what it is to be, and nobody decided so. The tool sees a reset. */
    void failed(String reason, String message) {
        if (conclude(AuditResult.Error, TunnelRecord.why(reason, message))) {
            tool.reset();
        }
    }

    /** None of the addresses answered. */
    void unreachable(String message) {
        error(AccessReason.Unreachable.name(), message);
    }

    private void error(String reason, String message) {
        refuse(UNREACHABLE, AuditResult.Error, TunnelRecord.why(reason, message));
    }

    /** The tool learns nothing from it; the record has the reason. */
    private void refuse(int status, AuditResult result, Map<String, String> why) {
        if (conclude(result, why)) {
            tool.refuse(status);
        }
    }

    /** Whether it has come to its end. */
    boolean isOver() {
        return concluded.get();
    }

    /** Comes to its end; once. From whatever thread. */
    boolean conclude(AuditResult result, Map<String, String> why) {
        // With the run's lock, so that the end of the run finds it either open or on record.
        synchronized (run) {
            if (!concluded.compareAndSet(false, true)) {
                return false;
            }
            Carriage what = carriage;
            if (what == null) {
                record.connection(result, why, 0, 0);
            } else {
                what.record(result, why);
            }
        }
        if (permit.filter(Permit::isInspected).isPresent()) {
            tunnels.inspector()
                    .open()
                    .leave(run.claim().namespace(), run.claim().podUid());
        }
        context.runOnContext(over -> release());
        return true;
    }

    /** What is to be on record unless the end came first, which is then on record with it. */
    void noteWhileOpen(Runnable note) {
        synchronized (run) {
            if (!isOver()) {
                note.run();
            }
        }
    }

    /** Gives back what it holds. Whoever ended it in order has begun to close the connection by now; nobody else does. */
    private void release() {
        patience.inTime();
        if (opening != null) {
            opening.close();
        }
        Optional<Upstream> held = dialling == null ? Optional.empty() : dialling.held();
        if (held.isEmpty()) {
            tunnels.left(run, this);
            return;
        }
        if (!held.get().isClosing()) {
            held.get().abort();
        }
        // What it has written may wait for the server yet: so long it has its place.
        held.get().whenGone(() -> tunnels.left(run, this));
    }

    Instant now() {
        return run.now();
    }

    Authority target() {
        return target.orElseThrow();
    }

    Permit permit() {
        return permit.orElseThrow();
    }

    TunnelRecord record() {
        return record;
    }

    Patience patience() {
        return patience;
    }

    /** Whether it leads to an address that somebody named as such. */
    boolean isToAddress() {
        return target().address().isPresent();
    }
}
