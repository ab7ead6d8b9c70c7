package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.policy.match.PortRange;
import dev.cofferdam.policy.match.Ports;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Ports by protocol.
 *
 * @param http where every request is meant
 * @param https where every stream of TLS is meant, unread
 * @param some where only such requests of http are meant
 * @param inspected where requests over TLS are meant that the gateway reads
 */
record Reach(
        Ports http,
        Ports https,
        Ports tcp,
        SortedMap<RequestShape, Ports> some,
        SortedMap<Inspection, Ports> inspected) {
    static final Reach NONE = new Reach(Ports.NONE, Ports.NONE, Ports.NONE);
    static final Reach ALL = new Reach(Ports.ALL, Ports.ALL, Ports.ALL);

    Reach {
        some = Collections.unmodifiableSortedMap(new TreeMap<>(some));
        inspected = Collections.unmodifiableSortedMap(new TreeMap<>(inspected));
    }

    Reach(Ports http, Ports https, Ports tcp) {
        this(http, https, tcp, new TreeMap<>(), new TreeMap<>());
    }

    static Reach of(NetworkProtocol protocol, Ports ports) {
        return switch (protocol) {
            case Http -> new Reach(ports, Ports.NONE, Ports.NONE);
            case Https -> new Reach(Ports.NONE, ports, Ports.NONE);
            case Tcp -> new Reach(Ports.NONE, Ports.NONE, ports);
            case Unrecognized -> NONE;
        };
    }

    static Reach of(RequestShape shape, Ports ports) {
        return new Reach(Ports.NONE, Ports.NONE, Ports.NONE, new TreeMap<>(Map.of(shape, ports)), new TreeMap<>());
    }

    static Reach of(Inspection inspection, Ports ports) {
        return new Reach(Ports.NONE, Ports.NONE, Ports.NONE, new TreeMap<>(), new TreeMap<>(Map.of(inspection, ports)));
    }

    /** Where that protocol is meant, whatever is asked for. */
    Ports of(NetworkProtocol protocol) {
        return switch (protocol) {
            case Http -> http;
            case Https -> https;
            case Tcp -> tcp;
            case Unrecognized -> Ports.NONE;
        };
    }

    Reach and(Reach more) {
        SortedMap<RequestShape, Ports> both = new TreeMap<>(some);
        more.some.forEach((shape, ports) -> both.merge(shape, ports, Ports::and));
        SortedMap<Inspection, Ports> read = new TreeMap<>(inspected);
        more.inspected.forEach((inspection, ports) -> read.merge(inspection, ports, Ports::and));
        return new Reach(http.and(more.http), https.and(more.https), tcp.and(more.tcp), both, read);
    }

    /** All ports that are in it. */
    Ports all() {
        return some.values().stream()
                .reduce(http.and(https).and(tcp), Ports::and)
                .and(inspectedPorts());
    }

    /** Where TLS ends at the gateway. */
    Ports inspectedPorts() {
        return inspected.values().stream().reduce(Ports.NONE, Ports::and);
    }

    /** What is added to requests at that port: none, or one. */
    Stream<Credential> credentials(int port) {
        return inspected.entrySet().stream()
                .filter(rule -> rule.getValue().contains(port))
                .flatMap(rule -> rule.getKey().credential().stream());
    }

    boolean inspects(int port) {
        return inspected.values().stream().anyMatch(ports -> ports.contains(port));
    }

    boolean meets(Ports ports) {
        return ports.ranges().stream().anyMatch(this::meets);
    }

    private boolean meets(PortRange range) {
        return all().meets(range);
    }

    /** Under allow: TCP carries whatever it is given, HTTP with or without TLS among it. Where no request is asked for, any that could be is enough. */
    boolean allows(Destination to) {
        return tcp.contains(to.port())
                || of(to.protocol()).contains(to.port())
                || switch (to.protocol()) {
                    case Http -> some.entrySet().stream().anyMatch(rule -> allows(rule.getKey(), rule.getValue(), to));
                    case Https ->
                        inspected.entrySet().stream()
                                .anyMatch(rule -> allows(rule.getKey().requests(), rule.getValue(), to));
                    case Tcp, Unrecognized -> false;
                };
    }

    /** Under allow: ports of the parts that let it through, by how each is written behind its ports. */
    Map<String, Ports> allowing(Destination to) {
        Map<String, Ports> parts = new TreeMap<>();
        for (NetworkProtocol whole : List.of(to.protocol(), NetworkProtocol.Tcp)) {
            if (of(whole).contains(to.port())) {
                parts.put(whole.text(), of(whole));
            }
        }
        if (to.protocol() == NetworkProtocol.Http) {
            some.forEach((shape, ports) -> {
                if (allows(shape, ports, to)) {
                    parts.put(written(shape), ports);
                }
            });
        }
        if (to.protocol() == NetworkProtocol.Https) {
            inspected.forEach((inspection, ports) -> {
                if (allows(inspection.requests(), ports, to)) {
                    parts.put(written(inspection), ports);
                }
            });
        }
        return parts;
    }

    static String written(RequestShape shape) {
        return NetworkProtocol.Http.text() + " " + shape;
    }

    static String written(Inspection inspection) {
        return NetworkProtocol.Https.text() + " " + inspection;
    }

    private static boolean allows(RequestShape requests, Ports ports, Destination to) {
        return ports.contains(to.port()) && to.access().map(requests::matches).orElse(true);
    }

    /** Under deny: bytes over TCP may be what is denied. */
    boolean denies(NetworkProtocol protocol, int port) {
        return protocol == NetworkProtocol.Tcp
                ? http.contains(port) || https.contains(port) || tcp.contains(port)
                : tcp.contains(port) || of(protocol).contains(port);
    }
}
