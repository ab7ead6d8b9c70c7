package dev.cofferdam.controller.boot;

import dev.cofferdam.record.Names;
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
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/** Of several replicas one leads. A successor takes over within the lease's duration and one retry: under 20 s. */
@Singleton
class Leadership {
    private static final Logger LOG = Logger.getLogger(Leadership.class);
    private static final Duration LEASE = Duration.ofSeconds(12);
    private static final Duration RENEW = Duration.ofSeconds(8);
    private static final Duration RETRY = Duration.ofSeconds(2);

    private static final int BEFORE_THE_OPERATOR = 1;

    private final AtomicBoolean leads = new AtomicBoolean();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Settings settings;

    Leadership(Settings settings) {
        this.settings = settings;
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
        if (!now && !stopping.get()) {
            Quarkus.asyncExit(1);
        }
    }

    void stop(@Observes @Priority(BEFORE_THE_OPERATOR) ShutdownEvent event) {
        stopping.set(true);
    }
}
