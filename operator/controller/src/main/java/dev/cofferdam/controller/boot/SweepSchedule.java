package dev.cofferdam.controller.boot;

import dev.cofferdam.controller.reconcile.Sweeps;
import dev.cofferdam.controller.reconcile.ToolRunReconciler;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Sweeps at a fixed pace while this replica leads, and looks after what the loop is not shown. A sweep that fails is tried again at the next turn. */
@Singleton
class SweepSchedule {
    private static final Logger LOG = Logger.getLogger(SweepSchedule.class);

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("sweeps").daemon().factory());
    private final Sweeps sweeps;
    private final ToolRunReconciler runs;
    private final Leadership leadership;
    private final Settings settings;
    private final Clock clock;
    private Instant nextPass = Instant.MIN;

    SweepSchedule(Sweeps sweeps, ToolRunReconciler runs, Leadership leadership, Settings settings, Clock clock) {
        this.clock = clock;
        this.runs = runs;
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

    /** The first turn as leader is a pass: what ended before is on nobody's agenda. */
    private void sweep() {
        if (!leadership.leads()) {
            nextPass = clock.instant();
            return;
        }
        try {
            if (clock.instant().isBefore(nextPass)) {
                sweeps.due();
            } else {
                sweeps.pass();
                nextPass = clock.instant().plus(settings.sweep().passInterval());
            }
            runs.keptByOthers();
        } catch (RuntimeException e) {
            LOG.warn("a sweep failed, and is tried again", e);
        }
    }
}
