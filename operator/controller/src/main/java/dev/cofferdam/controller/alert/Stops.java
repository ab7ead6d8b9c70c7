package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.policy.AlertRule;
import dev.cofferdam.policy.Disablement;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the alerts of one policy have stopped, tools of it, or all of it, until somebody lets it run again. Not thread-safe. */
final class Stops {
    /** A stop before another is not looked back at, so that each is met once. */
    private static final Comparator<AlertStop> LATER =
            Comparator.comparing(Stops::at).thenComparing(AlertStop::alert);

    private final SortedMap<String, AlertStop> byComponent = new TreeMap<>();

    /** As they are stored, also those that may run again since nobody led: what their alerts counted before is of no account. */
    static Stops of(SandboxPolicy policy) {
        Stops stops = new Stops();
        stops.byComponent.putAll(Disablement.stopped(policy));
        Disablement.quarantined(policy).ifPresent(stop -> stops.byComponent.put(Component.WHOLE, stop));
        return stops;
    }

    private static Instant at(AlertStop stop) {
        return Timestamp.read(stop.at()).orElse(Instant.EPOCH);
    }

    /** An alert fires: it stops what it is about, if it stops anything, and nothing else has. */
    void fire(AlertRule rule, AlertFiring one) {
        if (rule.disables() || rule.quarantines()) {
            byComponent.putIfAbsent(Component.of(one), new AlertStop(rule.name(), one.id(), one.at()));
        }
    }

    /** @param firings identifiers of what is not fired after all */
    void drop(List<String> firings) {
        byComponent.values().removeIf(it -> firings.contains(it.firing()));
    }

    /** What another leader has stopped that has just been met. */
    void adopt(SandboxPolicy policy, Map<String, AlertState> states) {
        Disablement.all(policy).forEach((tool, theirs) -> adopt(tool, theirs, states));
        Disablement.quarantine(policy).ifPresent(theirs -> adopt(Component.WHOLE, theirs, states));
    }

    private void adopt(String component, AlertStop theirs, Map<String, AlertState> states) {
        AlertState state = states.get(theirs.alert());
        if (state != null && state.isNews(theirs.firing())) {
            byComponent.putIfAbsent(component, theirs);
        }
    }

    /** @return whether somebody has let anything run again since */
    boolean resume(SandboxPolicy policy, Map<String, AlertState> states) {
        Map<String, AlertStop> resumed = byComponent.entrySet().stream()
                .filter(entry -> Disablement.isResumed(policy, entry.getValue()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        resumed.forEach((component, by) -> resume(policy, component, by, states));
        return !resumed.isEmpty();
    }

    /** What another alert has stopped meanwhile stays stopped, by that one; else each alert counts anew what the tool does. */
    private void resume(SandboxPolicy policy, String component, AlertStop by, Map<String, AlertState> states) {
        Optional.ofNullable(states.get(by.alert())).ifPresent(state -> state.forget(component, at(by)));
        Optional<AlertStop> next = states.values().stream()
                .filter(state -> Component.isStoppedBy(state.rule(), component)
                        && !state.rule().name().equals(by.alert()))
                .flatMap(state -> state.stops(component))
                .filter(stop -> LATER.compare(stop, by) > 0 && !Disablement.isResumed(policy, stop))
                .min(LATER);
        if (next.isPresent()) {
            byComponent.put(component, next.get());
        } else {
            byComponent.remove(component);
            states.values().stream()
                    .filter(state -> Component.isStoppedBy(state.rule(), component))
                    .forEach(state -> state.forget(component, at(by)));
        }
    }

    /** The tools that are stopped by themselves, and that nobody has let run again since. */
    Map<String, AlertStop> disabled(SandboxPolicy policy) {
        return byComponent.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(Component.WHOLE))
                .filter(entry -> !Disablement.isResumed(policy, entry.getValue()))
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** What has quarantined the policy, and nobody has let run again since. */
    Optional<AlertStop> quarantined(SandboxPolicy policy) {
        return Optional.ofNullable(byComponent.get(Component.WHOLE))
                .filter(stop -> !Disablement.isResumed(policy, stop));
    }
}
