package dev.cofferdam.record;

/**
 * What {@code detail.reason} of a NetworkAccess says of what was decided on the way, beside the {@link Reason}s of a decision and those {@link AccessEnd}s that may come
 * before there is a connection. By its name; docs/security/audit.md has a row for each.
 */
public enum AccessReason {
    // Denied
    /** The greeting of TLS names no server, or it was none. */
    ServerNameNotAllowed,
    /** Nothing came, or the stream ended before it was clear what it is. */
    ProtocolNotSpoken,
    /** A request of HTTP that is none, that could be read in two ways, that is too long or too slow. */
    RequestMalformed,
    /** No rule allows this method and path. */
    RequestNotAllowed,
    /** A method that is let through for nobody. */
    MethodNotAllowed,
    /** A change to another protocol. */
    UpgradeNotAllowed,
    /** The policy no longer adds the credential that the run was granted there. */
    CredentialNotGranted,
    /** The admin declares no such credential for this namespace, host and header. */
    CredentialNotDeclared,
    /** A limit of the run; {@code detail.limit} says which. */
    NetworkLimitReached,
    /** The run, its namespace or all have as many at a time as may be. */
    TooManyConnections,
    /** The box has given addresses to as many names as may be. */
    TooManyNames,

    // Error: nobody refused it
    /** None of the addresses answers. */
    Unreachable,
    /** No gateway that has the run answered. */
    GatewayUnreachable,
    /** The tool went away before there was a connection, or within a request. */
    Abandoned,
    /** TLS with the tool, or with the server, where it ends at the gateway. */
    TlsFailed,
    /** Nobody that the gateway trusts vouches for the server. */
    ServerNotTrusted,
    /** The server's answer could be read in two ways, and was not passed on. */
    ResponseMalformed
}
