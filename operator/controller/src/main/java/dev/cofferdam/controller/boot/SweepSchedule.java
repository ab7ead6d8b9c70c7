package dev.cofferdam.controller.boot;

import dev.cofferdam.controller.reconcile.Sweeps;
import dev.cofferdam.controller.reconcile.ToolRunReconciler;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Sweeps at a fixed pace while this replica leads, and looks after what the loop is not shown. Each on a thread of its own: a pass may take minutes, or fail, and
 * others wait for the place and the key of a run that is deleted. A sweep that fails is tried again at the next turn, and a pass in a minute.
 */
@Singleton
class SweepSchedule {
    private static final Logger LOG = Logger.getLogger(SweepSchedule.class);
    private static final int THREADS = 2;

    private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(
            THREADS, Thread.ofPlatform().name("sweeps-", 0).daemon().factory());
    private final Sweeps sweeps;
    private final ToolRunReconciler runs;
    private final Leadership leadership;
    private final Settings settings;
    private final Clock clock;
    private final PassPace passes;

    SweepSchedule(Sweeps sweeps, ToolRunReconciler runs, Leadership leadership, Settings settings, Clock clock) {
        this.clock = clock;
        this.runs = runs;
        this.sweeps = sweeps;
        this.leadership = leadership;
        this.settings = settings;
        this.passes = new PassPace(settings.sweep().passInterval());
    }

    void start(@Observes StartupEvent event) {
        schedule(this::sweep);
        schedule(this::keptByOthers);
    }

    private void schedule(Runnable work) {
        long pace = settings.sweep().interval().toMillis();
        executor.scheduleWithFixedDelay(() -> apart(work), pace, pace, TimeUnit.MILLISECONDS);
    }

    /** What is thrown would end the schedule. */
    private static void apart(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn("a sweep failed, and is tried again", e);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        executor.shutdownNow();
    }

    /** The first turn as leader is a pass: what ended before is on nobody's agenda. */
    private void sweep() {
        if (!leadership.leads()) {
            passes.reset();
        } else if (passes.isDue(clock.instant())) {
            passes.begins(clock.instant());
            sweeps.pass();
            passes.isDone(clock.instant());
        } else {
            sweeps.due();
        }
    }

    private void keptByOthers() {
        if (leadership.leads()) {
            runs.keptByOthers();
        }
    }
}
