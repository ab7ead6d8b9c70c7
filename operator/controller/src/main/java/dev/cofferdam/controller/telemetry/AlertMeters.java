package dev.cofferdam.controller.telemetry;

import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertSeverity;
import dev.cofferdam.controller.alert.Firing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.Supplier;

/** How often alerts of policies fired, and whether whoever is to be told is. Every label is a word of ours. */
public final class AlertMeters {
    private static final List<AlertAction> ACTIONS =
            List.of(AlertAction.Notify, AlertAction.DisableComponent, AlertAction.Quarantine);

    private final MeterRegistry registry;

    public AlertMeters(MeterRegistry registry) {
        this.registry = registry;
        // There from the beginning, so that the first time is seen as an increase.
        for (AlertSeverity severity : AlertSeverity.values()) {
            if (severity != AlertSeverity.Unrecognized) {
                ACTIONS.forEach(action -> fired(severity, action));
            }
        }
        notifications(true);
        notifications(false);
    }

    /** @param waiting how many firings nobody was told of yet */
    public void watch(Supplier<Number> waiting) {
        Gauge.builder("cofferdam.alerts.waiting", waiting)
                .description("Firings of alerts that nobody was told of yet")
                .register(registry);
    }

    public void fired(Firing firing) {
        fired(firing.severity(), firing.action()).increment();
    }

    private Counter fired(AlertSeverity severity, AlertAction action) {
        return registry.counter("cofferdam.alerts.fired", "severity", severity.text(), "action", action.text());
    }

    /** @param taken whether everybody took it who is to be told */
    public void told(boolean taken) {
        notifications(taken).increment();
    }

    private Counter notifications(boolean taken) {
        return registry.counter("cofferdam.alerts.notifications", "taken", Boolean.toString(taken));
    }
}
