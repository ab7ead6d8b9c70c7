package dev.cofferdam.controller.boot;

import dev.cofferdam.controller.reconcile.Term;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Of several replicas one leads. A successor takes over from one that stops within a retry, and from one that is killed within the lease's duration and a retry:
 * under 20 s.
 */
@Singleton
class Leadership {
    private static final Logger LOG = Logger.getLogger(Leadership.class);
    static final Duration LEASE = Duration.ofSeconds(12);
    private static final Duration RENEW = Duration.ofSeconds(8);
    static final Duration RETRY = Duration.ofSeconds(2);

    /** For steps under way when this replica is told to stop. With what the SDK takes after that, less than the pod is given. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final int BEFORE_THE_OPERATOR = 1;

    private final AtomicBoolean leads = new AtomicBoolean();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Settings settings;
    private final ControllerLease lease;
    private final Term term;
    private volatile boolean stepsAreDone;

    Leadership(Settings settings, ControllerLease lease, Term term) {
        this.settings = settings;
        this.lease = lease;
        this.term = term;
        if (!settings.leaderElection().enabled()) {
            term.lastsUntil(Instant.MAX);
        }
        this.leads.set(!settings.leaderElection().enabled());
    }

    /** Whether this replica may write. */
    boolean leads() {
        return leads.get();
    }

    /** Null, which the SDK takes as none, where the election is off. */
    @Produces
    @Dependent
    LeaderElectionConfiguration configuration() {
        if (!settings.leaderElection().enabled()) {
            return null;
        }
        LeaderCallbacks callbacks =
                new LeaderCallbacks(() -> turn(true), () -> turn(false), leader -> LOG.infof("leader: %s", leader));
        // The callback ends the process; the SDK's own exit, from within a shutdown, would wait for itself.
        boolean exitOfTheSdk = false;
        return new LeaderElectionConfiguration(
                Names.CONTROLLER,
                settings.leaderElection().namespace(),
                LEASE,
                RENEW,
                RETRY,
                Instance.name(),
                callbacks,
                exitOfTheSdk);
    }

    /** Who loses the lease while it runs must not write another byte; its successor starts from the API server's state. */
    private void turn(boolean now) {
        leads.set(now);
        LOG.infof("this replica %s", now ? "leads" : "leads no more");
        if (now) {
            look();
            return;
        }
        if (stopping.get()) {
            release();
        } else {
            term.end(Duration.ZERO);
            Quarkus.asyncExit(1);
        }
    }

    /** Has the term last as long as the lease. One that cannot be read changes nothing. Throws nothing: it is looked again. */
    void look() {
        if (!leads()) {
            return;
        }
        try {
            term.lastsUntil(lease.heldUntil());
        } catch (RuntimeException e) {
            LOG.infof("whether this replica still leads cannot be seen at the moment: %s", e.getMessage());
        }
    }

    /**
     * Gives the lease back, which the SDK does not (5.3.2), so that a rollout makes nobody wait until it runs out. The SDK calls when what was under way is
     * done; where a step did not end in time the lease is left to run out.
     */
    private void release() {
        if (!stepsAreDone) {
            return;
        }
        try {
            if (lease.release()) {
                LOG.info("the lease is released");
            }
        } catch (KubernetesClientException e) {
            LOG.warn("the lease is not released, and runs out", e);
        }
    }

    void stop(@Observes @Priority(BEFORE_THE_OPERATOR) ShutdownEvent event) {
        stopping.set(true);
        stepsAreDone = term.end(PATIENCE);
        if (!stepsAreDone) {
            LOG.warn(
                    "steps are under way that did not end in time; they fail, and whoever leads next takes them again");
        }
    }
}
