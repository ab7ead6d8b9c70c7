package dev.cofferdam.gateway.egress.http;

import dev.cofferdam.gateway.egress.http.MessageReader.Piece;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Requests and responses of one connection, one after the other: the next request is not looked at before the last response is through, so that each answer belongs to
 * the request that it was sent for. Both sides get messages that we wrote. All of it happens on one event loop; it says what is to be done, and does nothing itself.
 */
public final class Conversation {
    /** Whoever asks. */
    public interface Client {
        /** Whether there is room for more after it. */
        boolean write(byte[] bytes);

        /** No more of its bytes are wanted for now. */
        void pause();

        void resume();
    }

    /** Whoever answers. */
    public interface Server {
        boolean write(byte[] bytes);

        /** Asks for what it sends next. */
        void read();
    }

    /** Whoever decides, and has the record. Each of the ends is the last thing that happens. */
    public interface Owner {
        /** A request has begun whose head is not whole yet. */
        void partial();

        /** The head of a request is there; what follows is about it. */
        void begun(String method, String url);

        /** Why it may not be, or empty: then {@link Conversation#connected} follows, where there is no server yet. */
        Optional<Refused> judge(Request request);

        /** There is no server yet, and now one is needed. */
        void connect();

        /** The status of the last response. */
        void answered(int status);

        /** The request has got its response; another one may follow. */
        void done();

        /** @param answer what whoever asks is to get before the end; empty where that cannot be said any more */
        void refused(Refused why, byte[] answer);

        /** The server says what cannot be passed on. */
        void broken(String why);

        /** Both sides are through. */
        void finished();
    }

    /**
     * @param reason a word for the record
     * @param message for the record
     */
    public record Refused(String reason, String message) {}

    /** All that whoever asks hears of a refusal. */
    private static final byte[] FORBIDDEN = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);

    private static final int INTERIM_MOST = 16;

    private final Request.Scheme scheme;
    private final Client client;
    private final Owner owner;
    private final MessageReader asked = new MessageReader(Head.REQUEST_MOST, false);
    private final MessageReader answered = new MessageReader(Head.RESPONSE_MOST, true);
    private Server server;
    private boolean askedAll;
    private boolean over;
    private boolean full;
    private boolean connecting;

    /** What is going on; null between two requests. */
    private Exchange exchange;

    private static final class Exchange {
        private final Request request;
        private Response response;
        private int interim;
        private boolean asked;
        private boolean answered;

        private Exchange(Request request) {
            this.request = request;
        }
    }

    public Conversation(Request.Scheme scheme, Client client, Owner owner) {
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
        write(exchange.request.head());
        server.read();
        goOn();
    }

    /** The server has room again. */
    public void writable() {
        full = false;
        goOn();
    }

    private void write(byte[] bytes) {
        full |= !server.write(bytes);
    }

    private void goOn() {
        while (!over) {
            if (connecting || full || exchange != null && exchange.asked) {
                client.pause();
                return;
            }
            switch (asked.next()) {
                case Piece.More more -> {
                    if (askedAll) {
                        noMore();
                        return;
                    }
                    if (exchange == null && !asked.isBetween()) {
                        owner.partial();
                    }
                    client.resume();
                    return;
                }
                case Piece.Head(byte[] bytes) -> begin(bytes);
                case Piece.Content(byte[] bytes) -> write(HeadWriter.content(exchange.request.framing(), bytes));
                case Piece.End end -> {
                    if (exchange.request.framing() instanceof Framing.Chunked) {
                        write(HeadWriter.LAST_CHUNK);
                    }
                    exchange.asked = true;
                    settle();
                }
                case Piece.Broken(String why) -> {
                    if (exchange == null) {
                        owner.begun("", "");
                    }
                    refuse(new Refused(Request.MALFORMED, why));
                }
            }
        }
    }

    private void noMore() {
        if (isBetween()) {
            over = true;
            owner.finished();
            return;
        }
        if (exchange == null) {
            owner.begun("", "");
        }
        refuse(new Refused(Request.MALFORMED, "the stream ended within a request"));
    }

    private void begin(byte[] bytes) {
        Request.Reading reading = Head.request(bytes)
                .map(head -> Request.read(head, scheme))
                .orElseGet(() -> new Request.Reading.Refused(Request.MALFORMED, "a head that is not one", "", ""));
        switch (reading) {
            case Request.Reading.Refused no -> {
                owner.begun(no.method(), no.url());
                refuse(new Refused(no.reason(), no.message()));
            }
            case Request.Reading.Good(Request request) -> {
                owner.begun(request.method(), request.url());
                Optional<Refused> no = owner.judge(request);
                if (no.isPresent()) {
                    refuse(no.get());
                    return;
                }
                exchange = new Exchange(request);
                asked.body(request.framing());
                if (server == null) {
                    connecting = true;
                    owner.connect();
                } else {
                    write(request.head());
                }
            }
        }
    }

    private void refuse(Refused why) {
        over = true;
        owner.refused(why, exchange != null && exchange.response != null ? new byte[0] : FORBIDDEN);
    }

    /** What the server sends. */
    public void answer(byte[] piece) {
        answered.add(piece);
        boolean room = true;
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
                    room &= client.write(HeadWriter.content(exchange.response.framing(exchange.request.old()), bytes));
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
        Response response = read.get();
        answered.body(response.framing());
        if (response.isInterim()) {
            if (++exchange.interim > INTERIM_MOST) {
                broken("more than " + INTERIM_MOST + " interim responses");
            } else if (!exchange.request.old()) {
                client.write(response.head(false, false));
            }
            return;
        }
        exchange.response = response;
        owner.answered(response.status());
        client.write(response.head(exchange.request.old(), isLast()));
    }

    private boolean isLast() {
        return exchange.request.closes() || exchange.response.closes();
    }

    private void answerEnds() {
        if (exchange.response == null) {
            // Of an interim one.
            return;
        }
        if (exchange.response.framing(exchange.request.old()) instanceof Framing.Chunked) {
            client.write(HeadWriter.LAST_CHUNK);
        }
        exchange.answered = true;
        settle();
    }

    /** Where both directions of an exchange are through, it is over. Where the server ends after its answer, nobody hears the rest of the request. */
    private void settle() {
        if (!exchange.answered || !exchange.asked && !isLast()) {
            return;
        }
        boolean last = isLast();
        owner.done();
        exchange = null;
        if (last) {
            over = true;
            owner.finished();
        } else if (!answered.isBetween()) {
            broken("more than was asked for");
        } else {
            goOn();
        }
    }

    /** The server sends no more. */
    public void answeredAll() {
        if (over) {
            return;
        }
        if (exchange == null) {
            over = true;
            owner.finished();
        } else if (exchange.response != null && answered.endsWithStream()) {
            answerEnds();
        } else {
            broken("the server ended within a response");
        }
    }

    private void broken(String why) {
        over = true;
        owner.broken(why);
    }
}
