package dev.cofferdam.gateway.channel;

import java.util.concurrent.CompletionStage;

/** Finds out whether a peer is the committer of a run. Bounded in time; never fails, but answers {@link Contents.Committing.Later}. */
@FunctionalInterface
public interface Committers {
    /**
     * @param token the bearer token, unverified
     * @param peer the address that the request came from
     */
    CompletionStage<Contents.Committing> identify(String token, String peer);
}
