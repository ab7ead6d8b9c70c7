package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.policy.match.Ports;

/** Ports by protocol. */
record Reach(Ports http, Ports https, Ports tcp) {
    static final Reach NONE = new Reach(Ports.NONE, Ports.NONE, Ports.NONE);
    static final Reach ALL = new Reach(Ports.ALL, Ports.ALL, Ports.ALL);

    static Reach of(NetworkProtocol protocol, Ports ports) {
        return switch (protocol) {
            case Http -> new Reach(ports, Ports.NONE, Ports.NONE);
            case Https -> new Reach(Ports.NONE, ports, Ports.NONE);
            case Tcp -> new Reach(Ports.NONE, Ports.NONE, ports);
            case Unrecognized -> NONE;
        };
    }

    Ports of(NetworkProtocol protocol) {
        return switch (protocol) {
            case Http -> http;
            case Https -> https;
            case Tcp -> tcp;
            case Unrecognized -> Ports.NONE;
        };
    }

    Reach and(Reach more) {
        return new Reach(http.and(more.http), https.and(more.https), tcp.and(more.tcp));
    }

    boolean meets(Ports ports) {
        return ports.ranges().stream().anyMatch(range -> http.meets(range) || https.meets(range) || tcp.meets(range));
    }

    /** Under allow: TCP carries whatever it is given, HTTP with or without TLS among it. */
    boolean allows(NetworkProtocol protocol, int port) {
        return tcp.contains(port) || of(protocol).contains(port);
    }

    /** Under deny: bytes over TCP may be what is denied. */
    boolean denies(NetworkProtocol protocol, int port) {
        return protocol == NetworkProtocol.Tcp
                ? http.contains(port) || https.contains(port) || tcp.contains(port)
                : allows(protocol, port);
    }
}
