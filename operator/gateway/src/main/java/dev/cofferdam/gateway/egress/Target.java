package dev.cofferdam.gateway.egress;

import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.HostName;
import dev.cofferdam.policy.match.PortRange;
import dev.cofferdam.record.Quoted;
import java.util.Optional;

/**
 * Where a tunnel is to lead.
 *
 * @param host a name in the form of {@link HostName}, or an address
 * @param address where the host is one
 * @param port 1 to 65535
 */
record Target(String host, Optional<Address> address, int port) {
    private static final int TEXT_MOST = 264;
    private static final int SHOWN_MOST = 128;
    private static final int DIGITS_MOST = 5;

    /** {@code host:port}, an IPv6 address in brackets; empty where it is anything else. */
    static Optional<Target> parse(String text) {
        int colon = text.lastIndexOf(':');
        if (text.length() > TEXT_MOST || colon < 1) {
            return Optional.empty();
        }
        int port = port(text.substring(colon + 1));
        String host = text.substring(0, colon);
        if (port < 0) {
            return Optional.empty();
        }
        Optional<Address> address = Address.parse(host);
        if (address.isPresent()) {
            return host.startsWith("[") == host.contains(":")
                    ? Optional.of(new Target(address.get().toString(), address, port))
                    : Optional.empty();
        }
        return HostName.asked(host).found().map(name -> new Target(name, Optional.empty(), port));
    }

    private static int port(String digits) {
        if (digits.isEmpty()
                || digits.length() > DIGITS_MOST
                || digits.charAt(0) == '0'
                || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int port = Integer.parseInt(digits);
        return PortRange.isPort(port) ? port : -1;
    }

    /** What cannot be parsed, for the record. */
    static String shown(String text) {
        return Quoted.of(text, SHOWN_MOST);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
