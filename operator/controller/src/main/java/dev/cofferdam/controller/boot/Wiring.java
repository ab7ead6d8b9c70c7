package dev.cofferdam.controller.boot;

import dev.cofferdam.controller.observe.Bounds;
import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.controller.plan.PodPlan;
import dev.cofferdam.controller.reconcile.Agenda;
import dev.cofferdam.controller.reconcile.AuditLog;
import dev.cofferdam.controller.reconcile.Breakers;
import dev.cofferdam.controller.reconcile.KeyCounts;
import dev.cofferdam.controller.reconcile.KeySweep;
import dev.cofferdam.controller.reconcile.Places;
import dev.cofferdam.controller.reconcile.Rates;
import dev.cofferdam.controller.reconcile.RunIndex;
import dev.cofferdam.controller.reconcile.RunList;
import dev.cofferdam.controller.reconcile.Runtimes;
import dev.cofferdam.controller.reconcile.Sweeps;
import dev.cofferdam.controller.reconcile.Term;
import dev.cofferdam.controller.reconcile.Workbench;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.controller.telemetry.RunMeters;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;

/** Puts the parts together. */
@Singleton
class Wiring {
    /** A tool that ends within a second is never shown as running: one write less. The kubelet cuts the time of its start to a whole second, hence another one. */
    private static final Duration RUNNING = Duration.ofSeconds(2);

    /** The kubelet speaks within a second, but on a busy node; nobody waits who has heard of the pod's end. */
    private static final Duration WORD = Duration.ofSeconds(15);

    /** The kubelet tells an image's digest about a second after the start. */
    private static final Duration SETTLE = Duration.ofSeconds(5);

    private static final Duration SILENCE = Duration.ofSeconds(30);

    /** Where there is room a node is found in milliseconds, and where pods come and go, in a few seconds. */
    private static final Duration PLACING = Duration.ofSeconds(5);

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    Workbench workbench(
            KubernetesClient client,
            Clock clock,
            Settings settings,
            RunIndex index,
            Term term,
            KeyCounts keyCounts,
            Agenda agenda,
            Lifetime lifetime,
            MeterRegistry registry,
            Tracing traces,
            AuditLog auditLog,
            Alerting alerting) {
        Settings.Sandbox sandbox = settings.sandbox();
        RunMeters meters = new RunMeters(registry);
        Bounds bounds = new Bounds(
                sandbox.startTimeout(),
                sandbox.volumeTimeout(),
                PodPlan.patience(sandbox.startTimeout()),
                sandbox.scheduleTimeout(),
                PLACING,
                sandbox.pullTimeout(),
                sandbox.factsTimeout(),
                WORD,
                RUNNING,
                SILENCE,
                SETTLE);
        return new Workbench(
                client,
                clock,
                new Observer(bounds),
                new Runtimes(client, sandbox.handlers(), clock),
                alerting.compilations(),
                new Sandboxing(client, settings),
                index,
                term,
                keyCounts,
                new Places(),
                new Rates(new RunList(client)::passed, Executors.newVirtualThreadPerTaskExecutor()),
                new Breakers(meters::circuitIsNow),
                alerting.alerts(),
                alerting.catchUp(),
                alerting.alarm(),
                agenda,
                lifetime,
                auditLog,
                meters,
                traces.wanted(),
                Instance.name());
    }

    @Produces
    @Singleton
    AuditLog auditLog() {
        return new AuditLog(System.out);
    }

    @Produces
    @Singleton
    Agenda agenda() {
        return new Agenda();
    }

    @Produces
    @Singleton
    RunIndex index() {
        return new RunIndex();
    }

    @Produces
    @Singleton
    Term term(Clock clock) {
        return new Term(clock);
    }

    @Produces
    @Singleton
    KeyCounts keyCounts(KubernetesClient client, Settings settings) {
        return new KeyCounts(client, settings.run().keysMost());
    }

    @Produces
    @Singleton
    Lifetime lifetime(Settings settings) {
        return new Lifetime(
                settings.run().ttlAfterFinished(),
                settings.run().keyRetention(),
                settings.sandbox().podRetention(),
                PodPlan.slack(
                        settings.sandbox().startTimeout(), settings.sandbox().endMargin()),
                settings.sweep().passInterval());
    }

    @Produces
    @Singleton
    Sweeps sweeps(
            KubernetesClient client,
            Clock clock,
            Lifetime lifetime,
            KeyCounts keyCounts,
            Agenda agenda,
            AuditLog auditLog) {
        return new Sweeps(client, clock, lifetime, new KeySweep(client, lifetime.key(), keyCounts), agenda, auditLog);
    }

    /** The SDK has none by itself. */
    @Produces
    @Singleton
    Metrics metrics(MeterRegistry registry) {
        return MicrometerMetricsV2.newBuilder(registry).build();
    }

    /** One of the SDK's meters changes its tags from event to event, which a Prometheus registry refuses. */
    @Produces
    @Singleton
    MeterFilter withoutVaryingTags() {
        return MeterFilter.denyNameStartsWith("events.received");
    }
}
