package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.gateway.audit.RunAudit;
import dev.cofferdam.record.AuditChain;
import java.time.InstantSource;
import java.util.Map;

/**
 * What every session reaches.
 *
 * @param source name of this gateway's chains: {@code gateway/<instance>}
 */
public record Surroundings(String source, FactsStore store, RunAudit audit, Counters counters, InstantSource clock) {
    /** Adds to the run's chain, and returns the chain's new state. */
    public AuditSource note(
            Claim claim,
            AuditEventType type,
            String resource,
            String action,
            AuditResult result,
            Map<String, String> detail) {
        audit.begin(
                claim.runUid(),
                () -> claim.audit()
                        .map(stored ->
                                AuditChain.resume(claim.runUid(), claim.componentId(), claim.policyVersion(), stored))
                        .orElseGet(() ->
                                AuditChain.start(source, claim.runUid(), claim.componentId(), claim.policyVersion())));
        return audit.append(claim.runUid(), type, resource, action, result, detail);
    }
}
