package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertSeverity;
import dev.cofferdam.policy.alert.AlertCondition;

/**
 * An alert that can be asked.
 *
 * @param name the alert's own
 * @param action one of {@code Notify}, {@code DisableComponent} and {@code Quarantine}
 */
public record AlertRule(String name, AlertCondition condition, AlertSeverity severity, AlertAction action) {
    public AlertRule {
        if (action == AlertAction.NotifySecurityTeam) {
            action = AlertAction.Notify;
        }
    }

    /** Whether it counts each tool by itself, and stops the one for which it fires. */
    public boolean disables() {
        return action == AlertAction.DisableComponent;
    }

    /** Whether it stops all tools of the policy, and has what runs frozen. */
    public boolean quarantines() {
        return action == AlertAction.Quarantine;
    }
}
