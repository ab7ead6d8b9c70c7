package dev.cofferdam.controller.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertSeverity;
import dev.cofferdam.controller.alert.Firing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is counted of alerts that fire. */
class AlertMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AlertMeters meters = new AlertMeters(registry);

    @Test
    void eachFiringCountsOnceBySeverityAndAction() {
        meters.fired(firing(AlertSeverity.Critical, AlertAction.DisableComponent));
        meters.fired(firing(AlertSeverity.Critical, AlertAction.DisableComponent));
        meters.fired(firing(AlertSeverity.Warning, AlertAction.Notify));

        assertThat(count("critical", "disable_component")).isEqualTo(2);
        assertThat(count("warning", "notify")).isEqualTo(1);
        assertThat(registry.get("cofferdam.alerts.fired").counters().stream()
                        .mapToDouble(Counter::count)
                        .sum())
                .isEqualTo(3);
    }

    /** Else the first one is no increase to whoever watches it. */
    @Test
    void allAreThereBeforeAnyFires() {
        assertThat(count("info", "quarantine")).isZero();
        assertThat(registry.get("cofferdam.alerts.fired").counters()).hasSize(9);
    }

    private double count(String severity, String action) {
        return registry.get("cofferdam.alerts.fired")
                .tags("severity", severity, "action", action)
                .counter()
                .count();
    }

    private static Firing firing(AlertSeverity severity, AlertAction action) {
        return new Firing(
                "n",
                "p",
                "u",
                "x",
                "runs > 1 per hour",
                severity,
                action,
                new AlertFiring("id", "2026-01-01T00:00:00Z", null, List.of(), null, null, null, null),
                1);
    }
}
