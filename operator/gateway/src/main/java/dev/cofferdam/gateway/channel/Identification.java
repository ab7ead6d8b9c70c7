package dev.cofferdam.gateway.channel;

/** Who asks for a channel. */
public sealed interface Identification {
    /** The pod of a claimed run that has not ended. */
    record Identified(Claim claim) implements Identification {}

    /**
     * Certainly not.
     *
     * @param detail for the log; text from outside is quoted in it
     */
    record Refused(Refusal refusal, String detail) implements Identification {}

    /** It cannot be told now; asking again may help. */
    record Undecided(Refusal refusal, String detail) implements Identification {}
}
