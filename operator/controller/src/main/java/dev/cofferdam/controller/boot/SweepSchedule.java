package dev.cofferdam.controller.boot;

import dev.cofferdam.controller.reconcile.Sweeps;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Sweeps at a fixed pace while this replica leads. A sweep that fails is tried again at the next turn. */
@Singleton
class SweepSchedule {
    private static final Logger LOG = Logger.getLogger(SweepSchedule.class);

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("sweeps").daemon().factory());
    private final Sweeps sweeps;
    private final Leadership leadership;
    private final Settings settings;

    SweepSchedule(Sweeps sweeps, Leadership leadership, Settings settings) {
        this.sweeps = sweeps;
        this.leadership = leadership;
        this.settings = settings;
    }

    void start(@Observes StartupEvent event) {
        long pace = settings.sweep().interval().toMillis();
        executor.scheduleWithFixedDelay(this::sweep, pace, pace, TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        executor.shutdownNow();
    }

    private void sweep() {
        if (leadership.leads()) {
            attempt("runs", sweeps::runs);
            attempt("pods", sweeps::pods);
            attempt("network policies", sweeps::networkPolicies);
        }
    }

    private static void attempt(String what, Runnable sweep) {
        try {
            sweep.run();
        } catch (RuntimeException e) {
            LOG.warnf(e, "sweep of %s failed, and is tried again", what);
        }
    }
}
