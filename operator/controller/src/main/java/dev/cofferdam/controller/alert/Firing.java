package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.policy.AlertRule;

/**
 * One time that an alert fired, with all that whoever is told of it has to know.
 *
 * @param times how often the alert had fired then, this time included
 */
public record Firing(
        String namespace, String policy, String policyUid, AlertRule rule, AlertFiring firing, long times) {}
