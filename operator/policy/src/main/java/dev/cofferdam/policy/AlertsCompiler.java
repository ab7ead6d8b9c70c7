package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Alert;
import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertSeverity;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.policy.alert.AlertCondition;
import dev.cofferdam.policy.alert.ReadCondition;
import dev.cofferdam.policy.match.Text;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** When somebody is told of what the runs do: each condition is checked as a whole, so that an alert cannot fail when it is needed. */
final class AlertsCompiler {
    private static final String PATH = "spec.alerts";

    private final Problems problems;

    AlertsCompiler(Problems problems) {
        this.problems = problems;
    }

    SortedMap<String, AlertRule> compile(Map<String, Alert> written) {
        problems.atMost(Bounds.ALERTS, written.size(), "alerts", PATH);
        SortedMap<String, AlertRule> rules = new TreeMap<>();
        new TreeMap<>(written).entrySet().stream().limit(Bounds.ALERTS).forEach(alert -> {
            String name = alert.getKey();
            boolean named = isName(name);
            problems.require(
                    named,
                    PATH,
                    "has the name " + Text.quoted(name)
                            + "; write lower case letters, digits, '-' and '_', beginning with a letter, at most 63 characters");
            if (named) {
                compile(PATH + "." + name, name, alert.getValue(), rules);
            }
        });
        return rules;
    }

    private void compile(String path, String name, Alert alert, Map<String, AlertRule> rules) {
        problems.unknown(path, alert.unknown(), "condition, severity, action");
        problems.require(
                alert.severity() != AlertSeverity.Unrecognized,
                path + ".severity",
                "is a severity that this version does not know; write info, warning or critical");
        problems.require(
                alert.action() != AlertAction.Unrecognized,
                path + ".action",
                "is an action that this version does not know; write notify, disable_component or quarantine");
        switch (AlertCondition.read(alert.condition() == null ? "" : alert.condition())) {
            case ReadCondition.Bad bad ->
                problems.add(path + ".condition", "at column " + bad.column() + ": " + bad.message());
            case ReadCondition.Good good ->
                rules.put(
                        name,
                        new AlertRule(
                                name,
                                good.condition(),
                                alert.severity() == null ? AlertSeverity.Warning : alert.severity(),
                                alert.action() == null ? AlertAction.Notify : alert.action()));
        }
    }

    private static boolean isName(String name) {
        return name.length() <= Bounds.LABEL
                && !name.isEmpty()
                && name.charAt(0) >= 'a'
                && name.charAt(0) <= 'z'
                && name.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_');
    }
}
