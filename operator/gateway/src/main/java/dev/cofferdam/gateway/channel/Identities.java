package dev.cofferdam.gateway.channel;

import java.util.concurrent.CompletionStage;

/** Finds out who a peer is. Bounded in time; never fails, but answers {@link Identification.Undecided}. */
@FunctionalInterface
public interface Identities {
    /**
     * @param token the bearer token, unverified
     * @param peer the address that the request came from
     */
    CompletionStage<Identification> identify(String token, String peer);
}
