package dev.cofferdam.gateway.channel;

import org.junit.jupiter.api.BeforeEach;

/** Requests to the test's server, by its name. */
abstract class HttpScene extends TunnelScene {
    /** All that a tool hears of a refusal. */
    static final String REFUSED = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    /** The server, as a request names it. */
    String host;

    @BeforeEach
    void name() {
        host = NAME + ":" + server.port();
    }

    /** A run that may make any, in the clear. */
    void http() throws Exception {
        granted("{host: %s, port: %d, protocol: http}, {cidr: %s/32, port: %d, protocol: http}"
                .formatted(NAME, server.port(), server.ip(), server.port()));
    }

    String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    }
}
