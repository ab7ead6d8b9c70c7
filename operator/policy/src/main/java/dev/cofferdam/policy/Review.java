package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Source;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.api.v1alpha1.Trust;
import dev.cofferdam.record.Names;

/**
 * Whether somebody who may has confirmed a policy as it is now, and where that is asked for.
 *
 * @param trust of the whole policy
 * @param digest of the policy's spec as it is now, {@code sha256:<64 hex digits>}: what a review must name
 * @param given whether the policy carries a review of exactly that digest
 */
public record Review(Trust trust, String digest, boolean given) {
    /**
     * The table of trust: who may run unreviewed.
     *
     * <table>
     * <caption>trust of the policy, source of the tool</caption>
     * <tr><th></th><th>Hardcoded</th><th>AgentGenerated</th><th>External</th></tr>
     * <tr><th>SemiTrusted</th><td>runs</td><td>needs a review</td><td>needs a review</td></tr>
     * <tr><th>Untrusted</th><td>needs a review</td><td>needs a review</td><td>needs a review</td></tr>
     * </table>
     */
    public boolean needed(Tool tool) {
        boolean trusted = trust == Trust.SemiTrusted && (tool.source() == null || tool.source() == Source.Hardcoded);
        return !trusted;
    }

    /** What somebody with the verb {@code review} on the policy does about it. */
    public String command(String policy) {
        return "somebody with the verb review on it reads it, and then: kubectl annotate --overwrite sandboxpolicy "
                + policy + " " + Names.REVIEW_ANNOTATION + "=" + digest;
    }

    boolean missing(Tool tool) {
        return needed(tool) && !given;
    }
}
