package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.AlertSeverity;
import dev.cofferdam.policy.alert.AlertCondition;

/**
 * An alert that can be asked.
 *
 * @param name the alert's own
 * @param disables whether it counts each tool by itself, and stops the one for which it fires
 */
public record AlertRule(String name, AlertCondition condition, AlertSeverity severity, boolean disables) {}
