package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.policy.AlertRule;

/** What an alert counts for, fires for and stops, by name: one tool, where it stops the tool that did it, else the whole policy. */
final class Component {
    /** The whole policy. */
    static final String WHOLE = "*";

    private Component() {}

    /** What counts for a rule, of what a tool did. */
    static String of(AlertRule rule, String tool) {
        return rule.disables() ? tool : WHOLE;
    }

    /** What a firing is about. */
    static String of(AlertFiring one) {
        return of(one.tool());
    }

    /** @param tool as a status has it: null for the whole policy */
    static String of(String tool) {
        return tool == null ? WHOLE : tool;
    }

    /** As a status has it: null for the whole policy. */
    static String tool(String component) {
        return component.equals(WHOLE) ? null : component;
    }

    /** Whether a rule stops what this is. */
    static boolean isStoppedBy(AlertRule rule, String component) {
        return component.equals(WHOLE) ? rule.quarantines() : rule.disables();
    }
}
