package dev.cofferdam.gateway.egress.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An answer that can be taken for one thing only.
 *
 * @param framing as the server has it
 * @param length what it says of the length of a body that it does not send
 * @param closes whether the server's connection is to end after it
 */
record Response(
        int status,
        String reason,
        Framing framing,
        Optional<String> length,
        boolean closes,
        List<Map.Entry<String, String>> onward) {
    private static final int SWITCHING = 101;
    private static final int PARTIAL = 206;

    /** Compressed, or a difference: without a Content-Encoding (RFC 3229, 10.4.1). */
    private static final int MANIPULATED = 226;

    Response {
        onward = List.copyOf(onward);
    }

    /** @param method that it answers */
    static Optional<Response> read(Head.Response head, String method) {
        boolean ofHead = method.equals("HEAD");
        if (head.status() == SWITCHING) {
            // Nobody asked for it.
            return Optional.empty();
        }
        return Framing.ofResponse(head.headers(), head.old(), head.status(), ofHead)
                .map(framing -> new Response(
                        head.status(),
                        head.reason(),
                        framing,
                        ofHead || head.status() == 304
                                ? Optional.ofNullable(head.headers().get(HttpHeaderNames.CONTENT_LENGTH))
                                : Optional.empty(),
                        framing instanceof Framing.UntilEnd || Headers.closes(head.headers(), head.old()),
                        Headers.onward(head.headers())));
    }

    /** Whether its body is what the server has, and all of it, as far as it says. */
    boolean isWhole() {
        return status != PARTIAL
                && status != MANIPULATED
                && onward.stream()
                        .noneMatch(field -> field.getKey().equalsIgnoreCase("IM")
                                || field.getKey().equalsIgnoreCase("Content-Encoding")
                                        && !field.getValue().equalsIgnoreCase("identity"));
    }

    /** What whoever asked must not see is replaced in the head, or is not there: a session that a credential has opened is as good as the credential. */
    Response masked(Mask mask) {
        return new Response(
                status,
                mask.text(reason),
                framing,
                length,
                closes,
                onward.stream()
                        .filter(field -> !Headers.isOfSession(field))
                        .map(field -> Map.entry(mask.text(field.getKey()), mask.text(field.getValue())))
                        .toList());
    }

    /** Whether another one follows. */
    boolean isInterim() {
        return status < 200;
    }

    /** How the body goes on: to whoever knows no chunks, to the end of the connection. */
    Framing framing(boolean old) {
        return switch (framing) {
            case Framing.Nothing nothing -> nothing;
            case Framing.Length known -> known;
            case Framing.Chunked chunked -> old ? new Framing.UntilEnd() : chunked;
            case Framing.UntilEnd untilEnd -> old ? untilEnd : new Framing.Chunked();
        };
    }

    /**
     * The head as whoever asked gets it.
     *
     * @param last whether the connection ends after it
     */
    byte[] head(boolean old, boolean last) {
        HeadWriter writer = new HeadWriter("HTTP/1.1 " + status + " " + reason);
        onward.forEach(field -> writer.field(field.getKey(), field.getValue()));
        length.ifPresent(bytes -> writer.field("Content-Length", bytes));
        return writer.framing(framing(old)).closing(last && !isInterim()).bytes();
    }
}
