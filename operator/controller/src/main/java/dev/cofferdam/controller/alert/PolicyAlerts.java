package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.api.v1alpha1.ToolDisabled;
import dev.cofferdam.policy.AlertRule;
import dev.cofferdam.policy.Disablement;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** All alerts of one policy, and which of its tools they have stopped. What the policy's status tells is where it begins. Not thread-safe. */
public final class PolicyAlerts {
    /** A stop before another is not looked back at, so that each is met once. */
    private static final Comparator<ToolDisabled> LATER =
            Comparator.comparing(PolicyAlerts::at).thenComparing(ToolDisabled::alert);

    private final String salt;
    private final SortedMap<String, AlertState> states = new TreeMap<>();
    private final SortedMap<String, ToolDisabled> disabled = new TreeMap<>();
    private Map<String, AlertRule> rules = Map.of();
    private boolean urgent;

    private PolicyAlerts(String salt) {
        this.salt = salt;
    }

    /** @param policy as it is stored */
    public static PolicyAlerts of(SandboxPolicy policy, Map<String, AlertRule> rules, Instant now) {
        PolicyAlerts alerts = new PolicyAlerts(policy.getMetadata().getUid());
        // Also those that may run again since nobody led: what their alerts counted before is of no account.
        alerts.disabled.putAll(Disablement.stopped(policy));
        alerts.become(policy, rules, now);
        return alerts;
    }

    /** Goes on under the rules as they are now. */
    public void become(SandboxPolicy policy, Map<String, AlertRule> now, Instant time) {
        if (now.equals(rules)) {
            return;
        }
        urgent |= states.keySet().stream().anyMatch(name -> !now.containsKey(name));
        boolean first = rules.isEmpty() && states.isEmpty();
        rules = now;
        states.keySet().retainAll(now.keySet());
        now.forEach((name, rule) -> {
            AlertState before = states.get(name);
            if (before == null || !before.become(rule)) {
                states.put(name, begin(policy, rule, before, first, time));
            }
        });
    }

    /** A policy that nobody has looked at yet counts from its creation, an alert that is new in it from now. */
    private AlertState begin(SandboxPolicy policy, AlertRule rule, AlertState before, boolean first, Instant now) {
        if (before != null) {
            return AlertState.of(rule, salt, before.told(now, now), now);
        }
        SandboxPolicyStatus status = policy.getStatus();
        if (first && status != null) {
            for (AlertStatus told : status.alerts()) {
                if (rule.name().equals(told.name())) {
                    return AlertState.of(rule, salt, told, now);
                }
            }
        }
        return new AlertState(rule, salt, first && status == null ? created(policy, now) : now);
    }

    private static Instant at(ToolDisabled stop) {
        try {
            return Instant.parse(stop.at());
        } catch (DateTimeException e) {
            return Instant.EPOCH;
        }
    }

    private static Instant created(SandboxPolicy policy, Instant now) {
        try {
            Instant created = Instant.parse(policy.getMetadata().getCreationTimestamp());
            return created.isBefore(now) ? created : now;
        } catch (DateTimeException | NullPointerException e) {
            return now;
        }
    }

    /**
     * Counts a run that has ended, for each alert.
     *
     * @param isNews whether it cannot have been counted before
     * @return what fires with that
     */
    public List<Firing> add(SandboxPolicy policy, EndedRun run, boolean isNews, Instant now) {
        List<Firing> fired = new ArrayList<>();
        for (AlertState state : states.values()) {
            boolean counts = !state.rule().disables() || has(policy, run.end().tool());
            if (counts) {
                state.add(run.run(), run.at(), run.end(), isNews, now)
                        .ifPresent(one -> fire(policy, state, one, fired));
            }
        }
        return fired;
    }

    /**
     * Counts what was denied so far to a tool that is at work.
     *
     * @param run its UID
     * @return what fires with that
     */
    public List<Firing> meanwhile(SandboxPolicy policy, String run, Meanwhile denied, Instant now) {
        List<Firing> fired = new ArrayList<>();
        for (AlertState state : states.values()) {
            if (!state.rule().disables() || has(policy, denied.tool())) {
                state.meanwhile(run, denied, now).ifPresent(one -> fire(policy, state, one, fired));
            }
        }
        return fired;
    }

    private static boolean has(SandboxPolicy policy, String tool) {
        return policy.getSpec().tools().stream().map(Tool::name).anyMatch(tool::equals);
    }

    private void fire(SandboxPolicy policy, AlertState state, AlertFiring one, List<Firing> fired) {
        urgent = true;
        if (state.rule().disables() && one.tool() != null) {
            disabled.putIfAbsent(one.tool(), new ToolDisabled(state.rule().name(), one.id(), one.at()));
        }
        fired.add(firing(policy, state, one));
    }

    private static Firing firing(SandboxPolicy policy, AlertState state, AlertFiring one) {
        return new Firing(
                policy.getMetadata().getNamespace(),
                policy.getMetadata().getName(),
                policy.getMetadata().getUid(),
                state.rule(),
                one,
                state.times());
    }

    /**
     * What time alone does, what somebody has written meanwhile, and whether somebody lets a tool run again.
     *
     * @return what fires
     */
    public List<Firing> pass(SandboxPolicy policy, Instant now) {
        if (policy.getStatus() != null) {
            for (AlertStatus told : policy.getStatus().alerts()) {
                AlertState state = states.get(told.name());
                if (state != null) {
                    List<String> dropped = state.merge(told);
                    disabled.values().removeIf(it -> dropped.contains(it.firing()));
                }
            }
            Disablement.all(policy).forEach((tool, theirs) -> {
                AlertState state = states.get(theirs.alert());
                if (state != null && state.isNews(theirs.firing())) {
                    disabled.putIfAbsent(tool, theirs);
                }
            });
        }
        List<Firing> fired = new ArrayList<>();
        for (AlertState state : states.values()) {
            state.pass(now).forEach(one -> fire(policy, state, one, fired));
        }
        Map.copyOf(disabled).forEach((tool, by) -> {
            if (Disablement.isResumed(policy, by)) {
                resume(policy, tool, by);
            }
        });
        return fired;
    }

    /** What another alert has stopped meanwhile stays stopped, by that one; else each alert counts anew what the tool does. */
    private void resume(SandboxPolicy policy, String tool, ToolDisabled by) {
        urgent = true;
        Optional.ofNullable(states.get(by.alert())).ifPresent(state -> state.forget(tool, at(by)));
        Optional<ToolDisabled> next = states.values().stream()
                .filter(state -> state.rule().disables() && !state.rule().name().equals(by.alert()))
                .flatMap(state -> state.stops(tool))
                .filter(stop -> LATER.compare(stop, by) > 0 && !Disablement.isResumed(policy, stop))
                .min(LATER);
        if (next.isPresent()) {
            disabled.put(tool, next.get());
        } else {
            disabled.remove(tool);
            states.values().forEach(state -> state.forget(tool, at(by)));
        }
    }

    /** What is in a stored status and nobody was told of. */
    public List<Firing> untold(SandboxPolicy policy) {
        List<Firing> untold = new ArrayList<>();
        if (policy.getStatus() != null) {
            for (AlertStatus told : policy.getStatus().alerts()) {
                AlertState state = states.get(told.name());
                if (state != null) {
                    told.firings().stream()
                            .filter(one -> one.notifiedAt() == null && state.isUntold(one.id()))
                            .map(one -> firing(policy, state, one))
                            .forEach(untold::add);
                }
            }
        }
        return untold;
    }

    /** Everybody was told of it who is to be. */
    public void notified(String alert, String id, Instant at) {
        AlertState state = states.get(alert);
        if (state != null) {
            state.notified(id, at.toString());
        }
    }

    /** Names of those that hold. */
    public List<String> holding() {
        return states.values().stream()
                .filter(AlertState::holds)
                .map(state -> state.rule().name())
                .toList();
    }

    /** Those that are stopped, and that nobody has let run again since. */
    public Map<String, ToolDisabled> disabled(SandboxPolicy policy) {
        return disabled.entrySet().stream()
                .filter(entry -> !Disablement.isResumed(policy, entry.getValue()))
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Whether something must be written at once. */
    public boolean isUrgent() {
        return urgent;
    }

    public boolean isChanged() {
        return urgent || states.values().stream().anyMatch(AlertState::isChanged);
    }

    /**
     * What is to be stored. It counts as that, until somebody says that it was not.
     *
     * @param until every run that ended until then was counted; what was counted of later ones is left out
     */
    public List<AlertStatus> told(Instant until, Instant now) {
        urgent = false;
        return states.values().stream()
                .map(state -> {
                    AlertStatus told = state.told(until, now);
                    state.clean();
                    return told;
                })
                .toList();
    }

    /** @param behind whether not all runs are counted yet that ended before: until they are, nothing ceases to hold */
    public void behind(boolean behind) {
        states.values().forEach(state -> state.behind(behind));
    }

    /** What was told last is not stored. */
    public void again(boolean urgently) {
        urgent |= urgently;
        states.values().forEach(AlertState::again);
    }
}
