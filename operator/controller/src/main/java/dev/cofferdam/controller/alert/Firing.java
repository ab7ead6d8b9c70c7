package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertSeverity;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.policy.AlertRule;
import java.util.Optional;

/**
 * One time that an alert fired, with all that whoever is told of it has to know, as it was then: the alert may have been edited or removed since.
 *
 * @param times how often the alert had fired then, this time included
 */
public record Firing(
        String namespace,
        String policy,
        String policyUid,
        String alert,
        String condition,
        AlertSeverity severity,
        AlertAction action,
        AlertFiring firing,
        long times) {
    static Firing of(SandboxPolicy policy, AlertRule rule, AlertFiring firing, long times) {
        return of(policy, rule.name(), rule.condition().toString(), rule.severity(), rule.action(), firing, times);
    }

    /** Of an alert that the policy has no more. */
    static Firing of(SandboxPolicy policy, AlertStatus former, AlertFiring firing) {
        return of(
                policy,
                former.name(),
                former.condition() == null ? "" : former.condition(),
                AlertSeverity.Warning,
                AlertAction.Notify,
                firing,
                former.fired() == null ? 1 : former.fired());
    }

    private static Firing of(
            SandboxPolicy policy,
            String alert,
            String condition,
            AlertSeverity severity,
            AlertAction action,
            AlertFiring firing,
            long times) {
        return new Firing(
                policy.getMetadata().getNamespace(),
                policy.getMetadata().getName(),
                policy.getMetadata().getUid(),
                alert,
                Optional.ofNullable(firing.condition()).orElse(condition),
                Optional.ofNullable(firing.severity()).orElse(severity),
                Optional.ofNullable(firing.action()).orElse(action),
                firing,
                times);
    }

    /** Whether it stopped all of the policy. */
    public boolean quarantines() {
        return action == AlertAction.Quarantine;
    }
}
