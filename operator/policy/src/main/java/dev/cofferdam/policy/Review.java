package dev.cofferdam.policy;

import dev.cofferdam.record.Names;

/**
 * Whether somebody who may has confirmed a policy as it is now, and where that is asked for.
 *
 * @param digest of the policy's spec as it is now, {@code sha256:<64 hex digits>}: what a review must name
 * @param given whether the policy carries a review of exactly that digest
 */
public record Review(String digest, boolean given) {
    /** What somebody with the verb {@code review} on the policy does about it. */
    public String command(String namespace, String policy) {
        return "somebody with the verb review on it reads it, and then: "
                + Annotating.command(namespace, policy, Names.REVIEW_ANNOTATION, digest);
    }
}
