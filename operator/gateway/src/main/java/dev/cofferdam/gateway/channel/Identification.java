package dev.cofferdam.gateway.channel;

import java.util.Optional;

/** Who asks for a channel. */
public sealed interface Identification {
    /** The pod of a claimed run that has not ended. */
    record Identified(Claim claim) implements Identification {}

    /**
     * Certainly not.
     *
     * @param detail for the log; text from outside is quoted in it
     * @param aimedAt what the request was after, where its token tells: the attempt belongs into that run's record
     */
    record Refused(Refusal refusal, String detail, Optional<Claim> aimedAt) implements Identification {
        public Refused(Refusal refusal, String detail) {
            this(refusal, detail, Optional.empty());
        }
    }

    /** It cannot be told now; asking again may help. */
    record Undecided(Refusal refusal, String detail) implements Identification {}
}
