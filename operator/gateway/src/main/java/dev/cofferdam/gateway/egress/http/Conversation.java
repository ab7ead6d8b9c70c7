package dev.cofferdam.gateway.egress.http;

import dev.cofferdam.gateway.egress.http.MessageReader.Piece;
import dev.cofferdam.record.AccessReason;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Requests and responses of one connection, one after the other: the next request is not looked at before the last response is through, so that each answer belongs to
 * the request that it was sent for. Both sides get messages that we wrote. All of it happens on one event loop; it says what is to be done, and does nothing itself.
 */
public final class Conversation {
    /** Whoever asks. */
    public interface Client {
        void write(byte[] bytes);

        /** No more of its bytes are wanted for now. */
        void pause();

        void resume();
    }

    /** Whoever answers. */
    public interface Server {
        /** Whether there is room for more after it. */
        boolean write(byte[] bytes);

        /** Asks for what it sends next. */
        void read();
    }

    /** All that whoever asks hears of a refusal. */
    private static final byte[] FORBIDDEN = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);

    /** To whoever waits for it before it sends a body. */
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final int INTERIM_MOST = 16;

    private final Request.Scheme scheme;
    private final Client client;
    private final ConversationOwner owner;
    private final MessageReader asked = new MessageReader(Head.REQUEST_MOST, false);
    private final MessageReader answered = new MessageReader(Head.RESPONSE_MOST, true);
    private final Outgoing toClient = new Outgoing();
    private final Outgoing toServer = new Outgoing();
    private Server server;
    private boolean askedAll;
    private boolean over;
    private boolean full;
    private boolean connecting;

    /** What is going on; null between two requests. */
    private Exchange exchange;

    private static final class Exchange {
        private final Request request;
        private final Optional<Mask> mask;
        private Response response;
        private int interim;
        private boolean asked;
        private boolean answered;

        private Exchange(Judged.Passed passed) {
            this.request = passed.request();
            this.mask = passed.mask();
        }
    }

    public Conversation(Request.Scheme scheme, Client client, ConversationOwner owner) {
        this.scheme = scheme;
        this.client = client;
        this.owner = owner;
    }

    private boolean isBetween() {
        return exchange == null && asked.isBetween();
    }

    /** Bytes of requests that were looked at. From whatever thread. */
    public long bytesUp() {
        return asked.handedOut();
    }

    /** Bytes of responses that were looked at. From whatever thread. */
    public long bytesDown() {
        return answered.handedOut();
    }

    /** What whoever asks sends. */
    public void ask(byte[] piece) {
        asked.add(piece);
        goOn();
    }

    /** Whoever asks sends no more. */
    public void askedAll() {
        askedAll = true;
        goOn();
    }

    /** There is a server now. */
    public void connected(Server to) {
        server = to;
        connecting = false;
        sendHead();
        server.read();
        goOn();
    }

    /** The server has room again. */
    public void writable() {
        full = false;
        goOn();
    }

    /** Both sides get what there is for them: when all is read that is there, and before each of the ends. */
    private void flush() {
        byte[] down = toClient.take();
        if (down.length > 0) {
            client.write(down);
        }
        byte[] up = toServer.take();
        if (up.length > 0) {
            full |= !server.write(up);
        }
    }

    private void goOn() {
        read();
        if (!over) {
            flush();
        }
        if (!over) {
            // To write may have brought the end.
            if (isAskedEnough()) {
                client.pause();
            } else {
                client.resume();
            }
        }
    }

    private boolean isAskedEnough() {
        return connecting || full || exchange != null && exchange.asked;
    }

    private void read() {
        while (!over && !isAskedEnough()) {
            switch (asked.next()) {
                case Piece.More more -> {
                    if (askedAll) {
                        noMore();
                        return;
                    }
                    if (exchange == null && !asked.isBetween()) {
                        owner.partial();
                    }
                    return;
                }
                case Piece.Head(byte[] bytes) -> begin(bytes);
                case Piece.Content(byte[] bytes) -> toServer.content(exchange.request.framing(), bytes);
                case Piece.End end -> {
                    toServer.end(exchange.request.framing());
                    exchange.asked = true;
                    settle();
                }
                case Piece.Broken(String why) -> {
                    if (exchange == null) {
                        owner.begun("", "");
                    }
                    refuse(new Judged.Refused(AccessReason.RequestMalformed.name(), why));
                }
            }
        }
    }

    private void noMore() {
        if (isBetween()) {
            finish(true);
        } else if (exchange == null) {
            owner.begun("", "");
            refuse(new Judged.Refused(AccessReason.RequestMalformed.name(), "the stream ended within a request"));
        } else if (exchange.answered) {
            finishEarly();
        } else {
            over();
            owner.abandoned();
        }
    }

    private void finish(boolean all) {
        over();
        owner.finished(all);
    }

    /** There is an answer, and the rest of the request is not sent, or heard, any more. */
    private void finishEarly() {
        owner.done();
        exchange = null;
        finish(false);
    }

    private void begin(byte[] bytes) {
        Request.Reading reading = Head.request(bytes)
                .map(head -> Request.read(head, scheme))
                .orElseGet(() -> new Request.Reading.Refused(
                        AccessReason.RequestMalformed.name(), "a head that is not one", "", ""));
        switch (reading) {
            case Request.Reading.Refused no -> {
                owner.begun(no.method(), no.url());
                refuse(new Judged.Refused(no.reason(), no.message()));
            }
            case Request.Reading.Good(Request request) -> {
                owner.begun(request.method(), request.url());
                switch (owner.judge(request)) {
                    case Judged.Refused no -> refuse(no);
                    case Judged.Passed passed -> pass(passed);
                }
            }
        }
    }

    private void pass(Judged.Passed passed) {
        exchange = new Exchange(passed);
        asked.body(passed.request().framing());
        if (server == null) {
            connecting = true;
            owner.connect();
        } else {
            sendHead();
        }
    }

    /** No server is asked whether it takes the body: one that does not, and goes on, may take what was sent as that for another request, which nobody has looked at. */
    private void sendHead() {
        toServer.head(exchange.request.head());
        if (exchange.request.expects()) {
            toClient.head(CONTINUE);
        }
    }

    private void over() {
        // In this order: to write may make room, which goes on.
        over = true;
        flush();
    }

    private void refuse(Judged.Refused why) {
        over();
        owner.refused(why, exchange != null && exchange.response != null ? new byte[0] : FORBIDDEN);
    }

    /** What the server sends. */
    public void answer(byte[] piece) {
        answered.add(piece);
        readAnswer();
        if (!over) {
            flush();
        }
    }

    private void readAnswer() {
        while (!over) {
            if (exchange == null || exchange.answered) {
                if (!answered.isBetween()) {
                    broken("more than was asked for");
                }
                return;
            }
            switch (answered.next()) {
                case Piece.More more -> {
                    return;
                }
                case Piece.Head(byte[] bytes) -> answerBegins(bytes);
                case Piece.Content(byte[] bytes) ->
                    answerContinues(exchange.mask.map(mask -> mask.take(bytes)).orElse(bytes));
                case Piece.End end -> answerEnds();
                case Piece.Broken(String why) -> broken(why);
            }
        }
    }

    private void answerBegins(byte[] bytes) {
        Optional<Response> read = Head.response(bytes).flatMap(head -> Response.read(head, exchange.request.method()));
        if (read.isEmpty()) {
            broken("a head that is not one");
            return;
        }
        if (exchange.mask.isPresent() && !read.get().isWhole()) {
            broken("a part of an answer, or one in a coding, in which nothing can be masked");
            return;
        }
        Response response = exchange.mask.map(read.get()::masked).orElse(read.get());
        answered.body(response.framing());
        if (response.isInterim()) {
            if (++exchange.interim > INTERIM_MOST) {
                broken("more than " + INTERIM_MOST + " interim responses");
            } else if (!exchange.request.old()) {
                toClient.head(response.head(false, false));
            }
            return;
        }
        exchange.response = response;
        owner.answered(response.status());
        toClient.head(response.head(exchange.request.old(), isLast()));
    }

    private boolean isLast() {
        return exchange.request.closes() || exchange.response.closes();
    }

    private void answerContinues(byte[] bytes) {
        if (bytes.length > 0) {
            toClient.content(exchange.response.framing(exchange.request.old()), bytes);
        }
    }

    private void answerEnds() {
        if (exchange.response == null) {
            // Of an interim one.
            return;
        }
        exchange.mask.ifPresent(mask -> answerContinues(mask.rest()));
        toClient.end(exchange.response.framing(exchange.request.old()));
        exchange.answered = true;
        settle();
    }

    /** Where both directions of an exchange are through, it is over. Where the server ends after its answer, nobody hears the rest of the request. */
    private void settle() {
        if (!exchange.answered || !exchange.asked && !isLast()) {
            return;
        }
        if (!exchange.asked) {
            finishEarly();
            return;
        }
        boolean last = isLast();
        owner.done();
        exchange = null;
        if (last) {
            finish(true);
        } else if (!answered.isBetween()) {
            broken("more than was asked for");
        } else {
            goOn();
        }
    }

    /**
     * The server sends no more.
     *
     * @param whole whether it said so itself: where TLS ends without its own end, somebody may have cut off what followed (RFC 8446, 6.1)
     */
    public void answeredAll(boolean whole) {
        if (over) {
            return;
        }
        if (exchange == null) {
            finish(true);
        } else if (exchange.answered) {
            finishEarly();
        } else if (whole && exchange.response != null && answered.endsWithStream()) {
            answerEnds();
        } else {
            broken("the server ended within a response");
        }
    }

    private void broken(String why) {
        over();
        owner.broken(why, exchange != null && !exchange.answered);
    }
}
