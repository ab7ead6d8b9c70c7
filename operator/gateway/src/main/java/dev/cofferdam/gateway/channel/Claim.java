package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.policy.Job;
import java.util.Optional;
import java.util.Set;

/**
 * A pod that is the newest attempt of a claimed run.
 *
 * @param policy name of the policy that the run names, in the run's namespace
 * @param tool name of the tool in that policy
 * @param policyVersion the version that decided
 * @param outputBytes how much of each stream may travel
 * @param secrets names of the secrets that the run was granted
 * @param files what the tool sees of a workspace, as the claim granted it
 * @param online whether the claim grants a way out
 * @param contentsBytes how much of what the run changes is kept for its commit; 0 where it asks for none
 * @param factsStored whether this pod's facts are in the API server
 * @param gate what must be closed to it
 * @param audit this gateway's chain for the run, where one is stored
 */
public record Claim(
        String namespace,
        String run,
        String runUid,
        String podName,
        String podUid,
        String policy,
        String tool,
        String policyVersion,
        int outputBytes,
        Set<String> secrets,
        Job.Files files,
        boolean online,
        long contentsBytes,
        boolean factsStored,
        Gate gate,
        Optional<AuditSource> audit) {
    public Claim {
        secrets = Set.copyOf(secrets);
    }

    /** Whether it has business with this replica beside its channel. */
    boolean needsGateway() {
        return online || contentsBytes > 0;
    }

    public String componentId() {
        return policy + "/" + tool;
    }
}
