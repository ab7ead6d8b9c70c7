package dev.cofferdam.gateway.channel;

/** What became of a text that a sandbox sent. */
public sealed interface Decoded {
    record Frame(SupervisorFrame frame) implements Decoded {}

    /**
     * Not a frame of the contract.
     *
     * @param rule which rule it breaks, in our words; nothing of the text is in it
     */
    record Malformed(String rule) implements Decoded {}
}
