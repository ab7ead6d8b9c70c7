package dev.cofferdam.gateway.egress.http;

/** What of an answer whoever asked must not see is replaced by as much. */
public interface Mask {
    /** A text of a head. */
    String text(String text);

    /** What of the body can be passed on. */
    byte[] take(byte[] piece);

    /** The body is over: the rest of it. */
    byte[] rest();
}
