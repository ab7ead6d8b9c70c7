package dev.cofferdam.gateway.channel;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;

/** Who somebody says that he is, by the head of his request. */
final class RequestHeads {
    private static final String SESSION = "Cofferdam-Session";
    private static final String BEARER = "Bearer ";

    private RequestHeads() {}

    /** Empty where there is not exactly one. */
    static Optional<String> token(HttpServerRequest request) {
        List<String> authorizations = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        return authorizations.size() == 1 && authorizations.getFirst().startsWith(BEARER)
                ? Optional.of(authorizations.getFirst().substring(BEARER.length()))
                : Optional.empty();
    }

    /** All of them; no honest supervisor sends more than one. */
    static List<String> sessions(HttpServerRequest request) {
        return request.headers().getAll(SESSION);
    }
}
