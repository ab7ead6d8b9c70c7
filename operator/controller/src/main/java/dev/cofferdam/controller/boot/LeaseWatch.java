package dev.cofferdam.controller.boot;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Has the leader's term last as long as the lease does. The election looks at its deadline between two renewals only (kubernetes-client 7.6.1), and one that hangs or is tried again takes longer than the
 * lease lasts: until it comes back another replica may lead.
 */
@Singleton
class LeaseWatch {
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("lease-watch").daemon().factory());
    private final Settings settings;
    private final Leadership leadership;

    LeaseWatch(Settings settings, Leadership leadership) {
        this.settings = settings;
        this.leadership = leadership;
    }

    void start(@Observes StartupEvent event) {
        if (settings.leaderElection().enabled()) {
            long pace = Leadership.RETRY.toMillis();
            executor.scheduleWithFixedDelay(leadership::look, pace, pace, TimeUnit.MILLISECONDS);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        executor.shutdownNow();
    }
}
