package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.gateway.egress.http.Conversation;
import dev.cofferdam.gateway.egress.http.ConversationOwner;
import dev.cofferdam.gateway.egress.http.Judged;
import dev.cofferdam.gateway.egress.http.Request;
import dev.cofferdam.policy.Credential;
import dev.cofferdam.record.AccessEnd;
import dev.cofferdam.record.AccessReason;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** HTTP, request by request: each is decided, and each is on record. */
final class Requests implements Carriage, ConversationOwner {
    /** One request, as far as it has come. Written by the event loop, read by whoever cuts it. */
    private static final class Entry {
        private final String method;
        private final String url;
        private final Instant since;
        private final long upBefore;
        private final long downBefore;
        private volatile int status;

        private Entry(String method, String url, Instant since, long upBefore, long downBefore) {
            this.method = method;
            this.url = url;
            this.since = since;
            this.upBefore = upBefore;
            this.downBefore = downBefore;
        }
    }

    private final Tunnel tunnel;
    private final ToolSide tool;
    private final Request.Scheme scheme;
    private final Conversation conversation;
    private Upstream upstream;

    /** To the request that was looked at last. */
    private Optional<Credential> adding = Optional.empty();

    private volatile Entry current;
    private volatile boolean any;

    /** Of the requests that are on record. */
    private volatile long upTold;

    private volatile long downTold;

    Requests(Tunnel tunnel, ToolSide tool, Request.Scheme scheme) {
        this.tunnel = tunnel;
        this.tool = tool;
        this.scheme = scheme;
        this.conversation = new Conversation(scheme, tool, this);
    }

    /** What the tool sends. */
    void ask(byte[] bytes) {
        if (!tunnel.isOver()) {
            byte[] passing = tunnel.allowance().within(Allowance.Kind.bytesUp, bytes);
            conversation.ask(passing);
            if (passing.length < bytes.length) {
                tunnel.exhausted(Allowance.Kind.bytesUp);
            }
        }
    }

    /** The tool sends no more. */
    void askedAll() {
        if (!tunnel.isOver()) {
            conversation.askedAll();
        }
    }

    @Override
    public void partial() {
        tunnel.patience().awaitHead();
    }

    @Override
    public void begun(String method, String url) {
        tunnel.patience().inTime();
        Entry next = new Entry(
                method,
                url.isEmpty() ? scheme.text() + "://" + tunnel.record().resource() : url,
                tunnel.now(),
                upTold,
                downTold);
        tunnel.noteWhileOpen(() -> current = next);
        tunnel.patience().awaitBytes(() -> conversation.bytesUp() + conversation.bytesDown());
    }

    @Override
    public Judged judge(Request request) {
        if (tunnel.isOver()) {
            // It was cut before this was part of its record: no server hears of what nobody would know of.
            return new Judged.Refused(AccessReason.Abandoned.name(), "the tunnel was cut");
        }
        Optional<Judged.Refused> no = tunnel.permit().judge(request);
        if (no.isPresent()) {
            return no.get();
        }
        adding = tunnel.permit().credential();
        Judged judged = adding.map(credential -> tunnel.permit().credit(request, credential))
                .orElseGet(() -> new Judged.Passed(request, Optional.empty()));
        if (judged instanceof Judged.Refused) {
            return judged;
        }
        if (!tunnel.allowance().takes(Allowance.Kind.requests)) {
            return new Judged.Refused(
                    AccessReason.NetworkLimitReached.name(), tunnel.allowance().message(Allowance.Kind.requests));
        }
        if (upstream != null) {
            adding.ifPresent(this::credited);
        }
        return judged;
    }

    @Override
    public void connect() {
        tunnel.dial();
    }

    @Override
    public void connected(Upstream open) {
        upstream = open;
        // Before this nobody had what is added: a limit, or a server that nobody vouches for, may have been in between.
        adding.ifPresent(this::credited);
        conversation.connected(open);
    }

    /** The server gets a request with it now. */
    private void credited(Credential credential) {
        tunnel.noteWhileOpen(() -> tunnel.record().credited(credential));
    }

    @Override
    public void answered(int status) {
        current.status = status;
    }

    @Override
    public void done() {
        tunnel.noteWhileOpen(() -> {
            Entry over = current;
            current = null;
            note(over, AuditResult.Allowed, Map.of(), false);
            upTold = conversation.bytesUp();
            downTold = conversation.bytesDown();
        });
        tunnel.patience().awaitNext(() -> finished(true));
    }

    @Override
    public void refused(Judged.Refused why, byte[] answer) {
        if (!tunnel.conclude(AuditResult.Denied, TunnelRecord.why(why.reason(), why.message()))) {
            return;
        }
        breakOff();
        if (answer.length == 0) {
            tool.reset();
        } else {
            tool.write(answer);
            tool.finish();
        }
    }

    @Override
    public void broken(String why, boolean within) {
        if (tunnel.conclude(AuditResult.Error, TunnelRecord.why(AccessReason.ResponseMalformed.name(), why))) {
            breakOff();
            if (within) {
                tool.reset();
            } else {
                tool.finish();
            }
        }
    }

    @Override
    public void abandoned() {
        if (tunnel.conclude(
                AuditResult.Error,
                TunnelRecord.why(AccessReason.Abandoned.name(), "the tool ended its stream within a request"))) {
            breakOff();
            tool.reset();
        }
    }

    @Override
    public void finished(boolean all) {
        if (tunnel.conclude(AuditResult.Allowed, Map.of())) {
            tool.finish();
            if (upstream == null) {
                return;
            }
            if (all) {
                upstream.close();
            } else {
                // It has said all that it will, and what it did not read was for nobody.
                upstream.abort();
            }
        }
    }

    private void breakOff() {
        if (upstream != null) {
            upstream.abort();
        }
    }

    @Override
    public void bytes(byte[] bytes) {
        if (!tunnel.isOver()) {
            byte[] passing = tunnel.allowance().within(Allowance.Kind.bytesDown, bytes);
            conversation.answer(passing);
            if (passing.length < bytes.length) {
                tunnel.exhausted(Allowance.Kind.bytesDown);
            }
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
        if (!tunnel.isOver()) {
            conversation.answeredAll(whole);
        }
    }

    @Override
    public void writable() {
        if (!tunnel.isOver()) {
            conversation.writable();
        }
    }

    @Override
    public void lost() {
        if (tunnel.conclude(AuditResult.Allowed, Map.of("ended", AccessEnd.ResetByServer.text()))) {
            tool.reset();
        }
    }

    @Override
    public void record(AuditResult result, Map<String, String> why) {
        Entry last = current;
        if (last != null) {
            note(last, result, why, true);
        } else if (!any || result != AuditResult.Allowed) {
            // The end of an idle connection is not another access; a bad end of one is.
            tunnel.record()
                    .connection(result, why, conversation.bytesUp() - upTold, conversation.bytesDown() - downTold);
        }
    }

    /** @param truncated whether the tool got less than the server's whole answer, which is told where it was to get one */
    private void note(Entry request, AuditResult result, Map<String, String> why, boolean truncated) {
        any = true;
        Map<String, String> detail = new TreeMap<>(why);
        if (!request.method.isEmpty()) {
            detail.put("method", request.method);
        }
        if (request.status != 0) {
            detail.put("status", Integer.toString(request.status));
        }
        if (result == AuditResult.Allowed || request.status != 0) {
            detail.put("truncated", Boolean.toString(truncated));
        }
        tunnel.record()
                .request(
                        request.url,
                        request.since,
                        result,
                        detail,
                        conversation.bytesUp() - request.upBefore,
                        conversation.bytesDown() - request.downBefore);
    }
}
