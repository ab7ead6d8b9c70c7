package dev.cofferdam.gateway.channel;

import java.util.concurrent.CompletionStage;

/** Where facts go. Tries until it is certain what became of them, as long as the process lives; never fails. */
@FunctionalInterface
public interface FactsStore {
    CompletionStage<Stored> store(Facts facts);

    /** What became of facts. */
    sealed interface Stored {
        /** They are in the API server, by this call or an earlier one. */
        record Kept() implements Stored {}

        /** The API server will never take them, with what the tool said; without, it may. */
        record TooLarge(String detail) implements Stored {}

        /** They will never be stored: the run is gone, has ended otherwise, or its guards refuse them. */
        record Refused(String detail) implements Stored {}
    }
}
