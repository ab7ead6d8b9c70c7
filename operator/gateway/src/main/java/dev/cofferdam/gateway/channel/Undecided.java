package dev.cofferdam.gateway.channel;

/** A run whose changes are kept, and that nobody has decided about. */
public record Undecided(String namespace, String runUid) {
    static Undecided of(Claim claim) {
        return new Undecided(claim.namespace(), claim.runUid());
    }
}
