package dev.cofferdam.gateway.channel;

/** An open connection to a supervisor. Nothing here waits or fails: what can no longer be sent is lost, and the supervisor comes back. */
public interface Connection {
    /** {@code ip:port} of this replica, as the supervisor's packets have it after any Service. */
    String gateway();

    void send(GatewayFrame frame);

    /** Closes with a code of RFC 6455, section 7.4.1. */
    void close(short code);
}
