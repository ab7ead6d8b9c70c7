package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.gateway.egress.credentials.Credentials;
import dev.cofferdam.gateway.egress.http.Authority;
import dev.cofferdam.gateway.egress.http.Conversation;
import dev.cofferdam.gateway.egress.http.Request;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Connections.Verdict;
import dev.cofferdam.policy.Credential;
import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.record.AccessEnd;
import dev.cofferdam.record.AccessReason;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.ContextInternal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * One attempt to connect, from the request to its record. Its way is one method after the other: {@link #begin}, {@link #lookedUp}, {@link #decided},
 * {@link #dial}, {@link #connected}; what passes then is the {@link Carriage}'s matter. All of it happens on the request's event loop, but for
 * {@link #cut} and {@link #reconsider}.
 */
final class Tunnel {
    static final String TARGET_HEADER = "cofferdam-target";

    private static final String CONNECT = "connect";
    private static final int FORBIDDEN = 403;
    private static final int TOO_MANY = 429;
    private static final int UNREACHABLE = 502;
    private static final int SHOWN_MOST = 128;
    private static final int WHY_SHOWN_MOST = 256;
    private static final int RULES_SHOWN_MOST = 256;

    private final Vertx vertx;
    private final ContextInternal context;
    private final ToolStream tool;
    private final Tunnels tunnels;
    private final RunTunnels run;
    private final Instant since;
    private final AtomicBoolean concluded = new AtomicBoolean();
    private final Optional<Authority> target;
    private final Optional<Permit> permit;
    private final String resource;

    /** On record for this connection. */
    private final Set<Credential> credited = new HashSet<>();

    private volatile String reached;
    private volatile Carriage carriage;
    private Opening opening;
    private Upstream connecting;
    private Upstream upstream;
    private long timer = -1;

    /** Whether what the timer waits for is another request. */
    private boolean idle;

    Tunnel(Vertx vertx, HttpServerRequest request, Tunnels tunnels, RunTunnels run) {
        this.vertx = vertx;
        this.context = (ContextInternal) vertx.getOrCreateContext();
        this.tool = new ToolStream(request, run.backlog());
        this.tunnels = tunnels;
        this.run = run;
        this.since = run.now();
        List<String> written = tool.header(TARGET_HEADER);
        String first = written.isEmpty() ? "" : written.getFirst();
        this.target = written.size() == 1 ? Authority.parse(first) : Optional.empty();
        this.permit = target.map(to -> new Permit(tunnels, run, to));
        this.resource = target.map(Authority::toString).orElseGet(() -> Quoted.of(first, SHOWN_MOST));
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
            within(tunnels.bounds().lookUpMillis(), () -> error(Reason.HostUnresolved.name(), "no answer in time"));
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
        inTime();
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
            dial(0);
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
        noteWhileOpen(() -> run.note(
                resource,
                kind == Allowance.Kind.bytesUp ? "send" : "receive",
                AuditResult.Denied,
                allowance().exceeded(kind)));
        if (conclude(AuditResult.Allowed, Map.of("ended", AccessEnd.LimitReached.text()))) {
            if (upstream != null) {
                upstream.close();
            }
            tool.reset();
        }
    }

    private void dial(int at) {
        Address address = permit().addresses().get(at);
        Upstream trying = Upstream.connect(
                context.nettyEventLoop(),
                address,
                target().port(),
                tunnels.bounds().connectMillis(),
                carriage,
                secured(),
                run.backlog());
        connecting = trying;
        trying.connected().onSuccess(done -> connected(trying, address)).onFailure(failure -> {
            if (failure instanceof Upstream.TlsException tls) {
                failed(tls.reason(), "TLS with the server at " + address + ": " + tls.getMessage());
                return;
            }
            boolean more = at + 1 < Math.min(permit().addresses().size(), Bounds.ADDRESSES_TRIED_MOST);
            if (more && !isOver()) {
                dial(at + 1);
            } else {
                // Where no socket could be made there is nothing to close, nor to wait for.
                connecting = null;
                error(AccessReason.Unreachable.name(), address + ": " + failure.getMessage());
            }
        });
    }

    private Optional<SslHandler> secured() {
        return permit().isInspected()
                ? Optional.of(tunnels.inspector()
                        .trust()
                        .client(target().host(), tunnels.bounds().connectMillis()))
                : Optional.empty();
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

    /** A request with what is added to it, and its answer without. */
    Conversation.Judged credit(Request request, Credential credential) {
        if (!permit().adds(credential)) {
            return new Conversation.Refused(
                    AccessReason.CredentialNotGranted.name(),
                    "the policy no longer adds the credential " + credential.name());
        }
        String place = target().toString();
        return switch (tunnels.inspector()
                .credentials()
                .ask(credential, run.claim().namespace(), place)) {
            case Credentials.Asked.Refused no ->
                new Conversation.Refused(AccessReason.CredentialNotDeclared.name(), no.reason());
            case Credentials.Asked.Usable usable ->
                new Conversation.Passed(
                        request.credited(credential.header(), usable.field()),
                        Optional.of(usable.forms().redaction()));
        };
    }

    /** The server gets a request with it now. Each connection's use is on record. */
    void credited(Credential credential) {
        if (credited.add(credential)) {
            noteWhileOpen(() -> run.noteCredential(
                    credential.name(), Map.of("host", target().toString(), "header", credential.header())));
        }
    }

    private void connected(Upstream open, Address address) {
        // What was taken away while this was on its way may have been looked for too early.
        reconsider(tunnels.connections(run.claim()), tunnels.floor());
        if (isOver()) {
            open.abort();
            return;
        }
        upstream = open;
        reached = address.toString();
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
        boolean first = reached == null
                ? conclude(unreached, Map.of("reason", why.text()))
                : conclude(AuditResult.Allowed, Map.of("ended", why.text()));
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
        refuse(FORBIDDEN, AuditResult.Denied, why(denied));
    }

    static Map<String, String> why(Verdict.Denied denied) {
        return why(denied.codes(), message(denied));
    }

    static String message(Verdict.Denied denied) {
        return denied.reasons().stream()
                .map(DecisionReason::message)
                .findFirst()
                .orElse("");
    }

    static Map<String, String> why(String reason, String message) {
        return new TreeMap<>(Map.of("reason", reason, "message", Quoted.bounded(message, WHY_SHOWN_MOST)));
    }

    /** The stream is not what it must be. */
    void rejected(String why) {
        String reason = permit().protocol()
                .map(known -> known == NetworkProtocol.Https && !permit().isInspected()
                        ? AccessReason.ServerNameNotAllowed.name()
                        : AccessReason.RequestMalformed.name())
                .orElse(AccessReason.ProtocolNotSpoken.name());
        if (conclude(AuditResult.Denied, why(reason, why))) {
            tool.reset();
        }
    }

    /** It cannot be what it is to be, and nobody decided so. The tool sees a reset. */
    void failed(String reason, String message) {
        if (conclude(AuditResult.Error, why(reason, message))) {
            tool.reset();
        }
    }

    private void error(String reason, String message) {
        refuse(UNREACHABLE, AuditResult.Error, why(reason, message));
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
                record(result, why, 0, 0);
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
        inTime();
        if (opening != null) {
            opening.close();
        }
        Upstream held = upstream == null ? connecting : upstream;
        if (held == null) {
            tunnels.left(run, this);
            return;
        }
        if (!held.isClosing()) {
            held.abort();
        }
        // What it has written may wait for the server yet: so long it has its place.
        held.whenGone(() -> tunnels.left(run, this));
    }

    /** The whole of it as one connection. */
    void record(AuditResult result, Map<String, String> why, long bytesUp, long bytesDown) {
        note(resource, CONNECT, result, why, bytesUp, bytesDown, Duration.between(since, now()), "tunnel");
    }

    void note(
            String what,
            String action,
            AuditResult result,
            Map<String, String> why,
            long bytesUp,
            long bytesDown,
            Duration lasted,
            String visibility) {
        Map<String, String> detail = new TreeMap<>(why);
        detail.put("bytesUp", Long.toString(bytesUp));
        detail.put("bytesDown", Long.toString(bytesDown));
        detail.put("durationMillis", Long.toString(Math.max(0, lasted.toMillis())));
        detail.put("visibility", visibility);
        if (reached != null) {
            detail.put("address", reached);
        }
        permit.flatMap(Permit::protocol).ifPresent(known -> detail.put("protocol", known.text()));
        permit.flatMap(Permit::decidedBy).ifPresent(version -> detail.put(RunTunnels.DECIDED_BY, version));
        if (result != AuditResult.Denied) {
            permit.map(Permit::rules)
                    .filter(rules -> !rules.isEmpty())
                    .ifPresent(rules -> detail.put("rule", Quoted.bounded(String.join(", ", rules), RULES_SHOWN_MOST)));
        }
        run.note(what, action, result, detail);
    }

    String resource() {
        return resource;
    }

    Instant now() {
        return run.now();
    }

    private Authority target() {
        return target.orElseThrow();
    }

    Permit permit() {
        return permit.orElseThrow();
    }

    /** Whether it leads to an address that somebody named as such. */
    boolean isToAddress() {
        return target().address().isPresent();
    }

    /** What the stream is must be clear by then. */
    void awaitOpening() {
        within(tunnels.bounds().greetingMillis(), () -> rejected("nothing of the protocol in time"));
    }

    /** The handshake, and the head of the first request after it, have so much time together. */
    void awaitRequest() {
        within(tunnels.bounds().greetingMillis(), () -> rejected("no handshake, or no whole request, in time"));
    }

    /** The rest of a request's head has so much time. */
    void awaitHead() {
        if (timer < 0 || idle) {
            within(tunnels.bounds().greetingMillis(), () -> rejected("no whole request in time"));
        }
    }

    /** Where its TLS ends here it costs keys and buffers, and so it is kept for another request for a while only. */
    void awaitNext(Runnable late) {
        if (permit().isInspected()) {
            within(tunnels.bounds().idleMillis(), late);
            idle = true;
        }
    }

    /**
     * Where its TLS ends here, a request is waited for only as long as something passes.
     *
     * @param passed bytes so far, in both directions
     */
    void awaitBytes(LongSupplier passed) {
        if (!isOver() && permit().isInspected()) {
            long before = passed.getAsLong();
            within(tunnels.bounds().silentMillis(), () -> {
                if (passed.getAsLong() > before) {
                    awaitBytes(passed);
                } else if (conclude(AuditResult.Allowed, Map.of("ended", AccessEnd.Silent.text()))) {
                    tool.reset();
                }
            });
        }
    }

    private void within(long millis, Runnable late) {
        inTime();
        // On our own event loop, also where it is a server's bytes that brought us here, of which Vert.x knows nothing.
        timer = context.setTimer(millis, fired -> late.run());
    }

    /** What was waited for is there. */
    void inTime() {
        idle = false;
        if (timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
    }
}
