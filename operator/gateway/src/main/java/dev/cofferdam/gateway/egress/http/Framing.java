package dev.cofferdam.gateway.egress.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Optional;

/** Where the body of a message ends (RFC 9112, 6.3). There is one way to say each, and what says it twice says nothing. */
sealed interface Framing {
    /** No body. */
    record Nothing() implements Framing {}

    /** @param bytes 0 or more */
    record Length(long bytes) implements Framing {}

    record Chunked() implements Framing {}

    /** Until the connection ends: of a response only. */
    record UntilEnd() implements Framing {}

    /** More than any number of bytes here. */
    int DIGITS_MOST = 15;

    /** @param old whether the message is of HTTP/1.0, which has no chunks */
    static Optional<Framing> ofRequest(HttpHeaders headers, boolean old) {
        return of(headers, old, new Nothing());
    }

    /** @param head whether it answers HEAD */
    static Optional<Framing> ofResponse(HttpHeaders headers, boolean old, int status, boolean head) {
        Optional<Framing> framing = of(headers, old, new UntilEnd());
        return framing.isPresent() && (head || hasNoBody(status)) ? Optional.of(new Nothing()) : framing;
    }

    static boolean hasNoBody(int status) {
        return status < 200 || status == 204 || status == 304;
    }

    private static Optional<Framing> of(HttpHeaders headers, boolean old, Framing otherwise) {
        List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.isEmpty() && lengths.isEmpty()) {
            return Optional.of(otherwise);
        }
        if (codings.size() + lengths.size() > 1) {
            return Optional.empty();
        }
        if (!codings.isEmpty()) {
            return !old && "chunked".equalsIgnoreCase(codings.getFirst())
                    ? Optional.of(new Chunked())
                    : Optional.empty();
        }
        String length = lengths.getFirst();
        boolean number = !length.isEmpty()
                && length.length() <= DIGITS_MOST
                && length.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Optional.of(new Length(Long.parseLong(length))) : Optional.empty();
    }
}
