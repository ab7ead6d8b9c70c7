package dev.cofferdam.gateway.egress.http;

/** Whoever decides on the requests of a {@link Conversation}, and has the record. Each of the ends is the last thing that happens. */
public interface ConversationOwner {
    /** A request has begun whose head is not whole yet. */
    void partial();

    /** The head of a request is there; what follows is about it. */
    void begun(String method, String url);

    /** What becomes of a request. Where it may be, {@link Conversation#connected} follows, if there is no server yet. */
    Judged judge(Request request);

    /** There is no server yet, and now one is needed. */
    void connect();

    /** The status of the last response. */
    void answered(int status);

    /** The request has got its response; another one may follow. */
    void done();

    /** @param answer what whoever asks is to get before the end; empty where that cannot be said any more */
    void refused(Judged.Refused why, byte[] answer);

    /**
     * The server says what cannot be passed on.
     *
     * @param within whether whoever asks has a part of a response, or nothing yet
     */
    void broken(String why, boolean within);

    /** Whoever asks ended within the body of a request that has no whole answer yet. */
    void abandoned();

    /**
     * Both sides are through.
     *
     * @param all whether the server was sent the whole of what it answered
     */
    void finished(boolean all);
}
