package dev.cofferdam.controller.boot;

import dev.cofferdam.controller.reconcile.ImpatientClient;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The lease that the controller's replicas are elected by, as the API server has it. Asked once, and not for long: several looks fit into the time that it lasts. */
@Singleton
class ControllerLease {
    /** By how much the clocks of nodes may differ, and how long a write may be under way: so much earlier than others may take the lease it counts as lost. */
    static final Duration MARGIN = Duration.ofSeconds(3);

    private final Settings settings;
    private final KubernetesClient client;

    ControllerLease(Settings settings, KubernetesClient client) {
        this.settings = settings;
        this.client = ImpatientClient.of(client, MARGIN);
    }

    /**
     * Until when nobody else can have taken it; long ago where it is not ours.
     *
     * @throws io.fabric8.kubernetes.client.KubernetesClientException where it cannot be read
     */
    Instant heldUntil() {
        return heldUntil(resource().get());
    }

    static Instant heldUntil(Lease lease) {
        return Optional.ofNullable(lease)
                .filter(ControllerLease::isOurs)
                .map(Lease::getSpec)
                .map(LeaseSpec::getRenewTime)
                .map(renewed -> renewed.toInstant().plus(Leadership.LEASE).minus(MARGIN))
                .orElse(Instant.MIN);
    }

    /**
     * Gives it back; one that somebody has taken meanwhile is not touched.
     *
     * @return whether it was ours
     * @throws io.fabric8.kubernetes.client.KubernetesClientException where that fails: then it runs out
     */
    boolean release() {
        Lease lease = resource().get();
        if (lease == null || !isOurs(lease)) {
            return false;
        }
        Lease released = new LeaseBuilder(lease)
                .editSpec()
                .withHolderIdentity(null)
                .endSpec()
                .build();
        client.resource(released)
                .lockResourceVersion(lease.getMetadata().getResourceVersion())
                .update();
        return true;
    }

    private static boolean isOurs(Lease lease) {
        return lease.getSpec() != null && Instance.name().equals(lease.getSpec().getHolderIdentity());
    }

    private Resource<Lease> resource() {
        return client.leases()
                .inNamespace(settings.leaderElection().namespace())
                .withName(Names.CONTROLLER);
    }
}
