package dev.cofferdam.gateway.channel;

import java.util.concurrent.CompletionStage;

/** Where facts go. Of an end, tries until it is certain what became of it, as long as the process lives; never fails. */
public interface FactsStore {
    CompletionStage<Stored> store(Facts facts);

    /** Stores what is on record so far, and gives up soon: there is more later. Completes with whether it is stored. */
    CompletionStage<Boolean> store(Interim interim);

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
