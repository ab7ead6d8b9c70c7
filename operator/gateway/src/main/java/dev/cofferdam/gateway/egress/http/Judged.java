package dev.cofferdam.gateway.egress.http;

import java.util.Optional;

/** What becomes of a request. */
public sealed interface Judged {
    /**
     * It may not be.
     *
     * @param reason a word for the record
     * @param message for the record
     */
    record Refused(String reason, String message) implements Judged {}

    /**
     * It may be.
     *
     * @param request as the server gets it
     * @param mask through which its answer goes
     */
    record Passed(Request request, Optional<Mask> mask) implements Judged {}
}
