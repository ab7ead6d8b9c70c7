package dev.cofferdam.gateway.egress.http;

import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.HostName;
import dev.cofferdam.policy.match.PortRange;
import java.util.Optional;

/**
 * Where somebody wants to get to: a tunnel, or a request.
 *
 * @param host a name in the form of {@link HostName}, or an address
 * @param address where the host is one
 * @param port 1 to 65535
 */
public record Authority(String host, Optional<Address> address, int port) {
    private static final int TEXT_MOST = 264;
    private static final int DIGITS_MOST = 5;
    private static final int NONE = -1;

    /** {@code host:port}, an IPv6 address in brackets; empty where it is anything else. */
    public static Optional<Authority> parse(String text) {
        return parse(text, NONE);
    }

    /** The same, or the host alone. A user is no part of it (RFC 9110, 4.2.4). */
    static Optional<Authority> parse(String text, int portWithout) {
        if (text.length() > TEXT_MOST) {
            return Optional.empty();
        }
        int colon = text.startsWith("[") ? text.indexOf("]:") + 1 : text.indexOf(':');
        String host = colon > 0 ? text.substring(0, colon) : text;
        int port = colon > 0 ? port(text.substring(colon + 1)) : portWithout;
        if (port == NONE) {
            return Optional.empty();
        }
        Optional<Address> address = Address.parse(host);
        if (address.isPresent()) {
            return host.startsWith("[") == host.contains(":")
                    ? Optional.of(new Authority(address.get().toString(), address, port))
                    : Optional.empty();
        }
        return HostName.asked(host).found().map(name -> new Authority(name, Optional.empty(), port));
    }

    private static int port(String digits) {
        if (digits.isEmpty()
                || digits.length() > DIGITS_MOST
                || digits.charAt(0) == '0'
                || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return NONE;
        }
        int port = Integer.parseInt(digits);
        return PortRange.isPort(port) ? port : NONE;
    }

    /** The host alone where the port is the one that is meant without one. */
    String text(int portWithout) {
        String name = host.contains(":") ? "[" + host + "]" : host;
        return port == portWithout ? name : name + ":" + port;
    }

    @Override
    public String toString() {
        return text(NONE);
    }
}
