package dev.cofferdam.controller.boot;

import dev.cofferdam.controller.reconcile.Term;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Extends the leader's term by what the lease says. The election looks at its deadline between two renewals only (kubernetes-client 7.6.1), and one that hangs or is tried again takes longer than the
 * lease lasts: until it comes back another replica may lead.
 */
@Singleton
class LeaseWatch {
    private static final Logger LOG = Logger.getLogger(LeaseWatch.class);

    /** Of one look: several fit into the time that a lease lasts. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("lease-watch").daemon().factory());
    private final Settings settings;
    private final Leadership leadership;
    private final Term term;
    private final KubernetesClient client;

    LeaseWatch(Settings settings, Leadership leadership, Term term, KubernetesClient client) {
        this.settings = settings;
        this.leadership = leadership;
        this.term = term;
        this.client = client.newClient(
                        new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                                .withRequestRetryBackoffLimit(0)
                                .withRequestTimeout((int) PATIENCE.toMillis())
                                .build())
                .adapt(KubernetesClient.class);
    }

    void start(@Observes StartupEvent event) {
        if (settings.leaderElection().enabled()) {
            long pace = Leadership.RETRY.toMillis();
            executor.scheduleWithFixedDelay(this::look, pace, pace, TimeUnit.MILLISECONDS);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        executor.shutdownNow();
    }

    private void look() {
        if (!leadership.leads()) {
            return;
        }
        try {
            ends(client.leases()
                            .inNamespace(settings.leaderElection().namespace())
                            .withName(Names.CONTROLLER)
                            .get())
                    .ifPresent(term::extend);
        } catch (KubernetesClientException e) {
            LOG.infof("whether this replica still leads cannot be seen at the moment: %s", e.getMessage());
        }
    }

    /** Until when the lease is ours; empty where it is not. */
    static Optional<Instant> ends(Lease lease) {
        return Optional.ofNullable(lease)
                .map(Lease::getSpec)
                .filter(spec -> Instance.name().equals(spec.getHolderIdentity()))
                .map(LeaseSpec::getRenewTime)
                .map(renewed -> renewed.toInstant().plus(Leadership.LEASE));
    }
}
