package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.plan.KeyLease;
import dev.cofferdam.policy.Call;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;

/** Lets go of idempotency keys under which nothing was executed. Only the run that had one can tell so: once it is gone, its key is taken for one that may have been used. */
final class UnusedKeys {
    private final KubernetesClient client;
    private final KeyCounts counts;

    UnusedKeys(KubernetesClient client, KeyCounts counts) {
        this.client = client;
        this.counts = counts;
    }

    /**
     * Lets go of the key of a run, if it has one, has it still, and executed nothing.
     *
     * @param ended its status at its end, or later
     */
    void release(ToolRun run, ToolRunStatus ended) {
        if (!Call.isKeyed(run.getSpec()) || !ended.attempts().isEmpty() || ended.replayOf() != null) {
            return;
        }
        Optional.ofNullable(client.leases()
                        .inNamespace(run.getMetadata().getNamespace())
                        .withName(Names.keyLease(run.getSpec().idempotencyKey()))
                        .get())
                .filter(lease -> KeyLease.isHeldBy(lease, run))
                .ifPresent(this::release);
    }

    private void release(Lease lease) {
        if (AsSeen.delete(client, lease)) {
            counts.giveBack(lease.getMetadata().getNamespace());
        }
    }
}
