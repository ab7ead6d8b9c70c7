package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Phase;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;

/** How many runs ended how, and how long they took. Labels hold only words of ours: never a name from a run. */
public final class RunMeters {
    private static final Duration LONGEST = Duration.ofHours(24);

    private final MeterRegistry registry;

    public RunMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    void claimed(Instant created, Instant now) {
        timer("cofferdam.run.claim", "From a run's creation to the claim of its pod")
                .record(between(created, now));
    }

    void ended(Phase phase, String reason, Instant created, Instant now) {
        registry.counter("cofferdam.runs", "phase", phase.name(), "reason", reason)
                .increment();
        timer("cofferdam.run.duration", "From a run's creation to its end").record(between(created, now));
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(10))
                .maximumExpectedValue(LONGEST)
                .register(registry);
    }

    private static Duration between(Instant created, Instant now) {
        Duration between = Duration.between(created, now);
        return between.isNegative() ? Duration.ZERO : between;
    }
}
