package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import java.util.Optional;

/**
 * Where a tool wants to connect to, as it says so: none of it is checked yet.
 *
 * @param host a name, or an address as text
 * @param port 1 to 65535
 * @param protocol how it will speak there, as the gateway can tell
 * @param access what it asks for there, where that can be read; empty where it is about the connection
 */
public record Destination(String host, int port, NetworkProtocol protocol, Optional<HttpAccess> access) {
    public Destination(String host, int port, NetworkProtocol protocol) {
        this(host, port, protocol, Optional.empty());
    }
}
