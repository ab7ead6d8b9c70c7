package dev.cofferdam.gateway.channel;

/** Leaves the decoder as {@link Decoded.Malformed}, never as an exception. */
final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedException(String rule) {
        super(rule, null, false, false);
    }
}
