package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;

/**
 * Where a tool wants to connect to, as it says so: none of it is checked yet.
 *
 * @param host a name, or an address as text
 * @param port 1 to 65535
 * @param protocol how it will speak there, as the gateway can tell
 */
public record Destination(String host, int port, NetworkProtocol protocol) {}
