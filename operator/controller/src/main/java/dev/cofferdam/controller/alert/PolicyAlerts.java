package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.policy.AlertRule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** All alerts of one policy, and what they have stopped: tools of it, or all of it. What the policy's status tells is where it begins. Not thread-safe. */
public final class PolicyAlerts {
    private final String salt;
    private final SortedMap<String, AlertState> states = new TreeMap<>();
    private final Stops stops;
    private final FormerAlerts former = new FormerAlerts();
    private final HeldRuns held = new HeldRuns();
    private Map<String, AlertRule> rules = Map.of();
    private boolean urgent;

    /** Whether runs may still come that ended before those which have come. */
    private boolean behind;

    private PolicyAlerts(String salt, Stops stops) {
        this.salt = salt;
        this.stops = stops;
    }

    /** @param policy as it is stored */
    public static PolicyAlerts of(SandboxPolicy policy, Map<String, AlertRule> rules, Instant now) {
        PolicyAlerts alerts = new PolicyAlerts(policy.getMetadata().getUid(), Stops.of(policy));
        for (AlertStatus told : stored(policy)) {
            if (!rules.containsKey(told.name())) {
                alerts.urgent |= !alerts.former.keep(told);
            }
        }
        alerts.become(policy, rules, now);
        return alerts;
    }

    private static List<AlertStatus> stored(SandboxPolicy policy) {
        return policy.getStatus() == null ? List.of() : policy.getStatus().alerts();
    }

    /** Goes on under the rules as they are now. */
    public void become(SandboxPolicy policy, Map<String, AlertRule> now, Instant time) {
        if (now.equals(rules)) {
            return;
        }
        urgent |= states.keySet().stream().anyMatch(name -> !now.containsKey(name));
        boolean first = rules.isEmpty() && states.isEmpty();
        rules = now;
        states.values().stream()
                .filter(state -> !now.containsKey(state.rule().name()))
                .forEach(state -> former.keep(state.former()));
        states.keySet().retainAll(now.keySet());
        now.forEach((name, rule) -> {
            AlertState before = states.get(name);
            if (before == null || !before.become(rule)) {
                AlertStatus left = former.remove(name);
                states.put(
                        name,
                        before == null && left != null
                                ? AlertState.of(rule, salt, left, time)
                                : begin(policy, rule, before, first, time));
            }
        });
    }

    /** A policy that nobody has looked at yet counts from its creation, an alert that is new in it from now. */
    private AlertState begin(SandboxPolicy policy, AlertRule rule, AlertState before, boolean first, Instant now) {
        if (before != null) {
            return AlertState.of(rule, salt, before.told(now, now), now);
        }
        if (first) {
            for (AlertStatus told : stored(policy)) {
                if (rule.name().equals(told.name())) {
                    return AlertState.of(rule, salt, told, now);
                }
            }
        }
        return new AlertState(rule, salt, first && policy.getStatus() == null ? created(policy, now) : now);
    }

    private static Instant created(SandboxPolicy policy, Instant now) {
        return Timestamp.read(policy.getMetadata().getCreationTimestamp())
                .filter(created -> created.isBefore(now))
                .orElse(now);
    }

    /**
     * Counts a run that has ended, for each alert.
     *
     * @param isNews whether it cannot have been counted before
     * @return what fires with that
     */
    public List<Firing> add(SandboxPolicy policy, EndedRun run, boolean isNews, Instant now) {
        resume(policy);
        if (!behind) {
            return count(policy, run, isNews, now, state -> true);
        }
        // What is about one run alone does not wait for others.
        List<Firing> fired = new ArrayList<>(count(policy, run, isNews, then(run, now), state -> !isHeld(state)));
        if (states.values().stream().anyMatch(state -> isHeld(state) && state.mayCount(run.at(), isNews))) {
            held.add(run, isNews);
        }
        if (held.isFull()) {
            fired.addAll(release(policy, now));
        }
        return fired;
    }

    private static boolean isHeld(AlertState state) {
        return !state.rule().condition().isOfOneRun();
    }

    /** When a run ended, by a clock that was not ahead. */
    private static Instant then(EndedRun run, Instant now) {
        return run.at().isAfter(now) ? now : run.at();
    }

    /** Counts what was held back, in the order in which it ended, and asks each time as of then: so it comes to what it would have come to when it ended. */
    private List<Firing> release(SandboxPolicy policy, Instant now) {
        return held.release().stream()
                .flatMap(one ->
                        count(policy, one.run(), one.isNews(), then(one.run(), now), PolicyAlerts::isHeld).stream())
                .toList();
    }

    private List<Firing> count(
            SandboxPolicy policy, EndedRun run, boolean isNews, Instant now, Predicate<AlertState> which) {
        List<Firing> fired = new ArrayList<>();
        for (AlertState state : states.values()) {
            boolean counts = which.test(state)
                    && (!state.rule().disables() || has(policy, run.end().tool()));
            if (counts) {
                state.add(run, isNews, now).ifPresent(one -> fire(policy, state, one, fired));
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
        resume(policy);
        List<Firing> fired = new ArrayList<>();
        for (AlertState state : states.values()) {
            if (!state.rule().disables() || has(policy, denied.tool())) {
                Optional<AlertFiring> one = state.meanwhile(run, denied, !(behind && isHeld(state)), now);
                one.ifPresent(it -> fire(policy, state, it, fired));
            }
        }
        return fired;
    }

    private static boolean has(SandboxPolicy policy, String tool) {
        return policy.getSpec().tools().stream().map(Tool::name).anyMatch(tool::equals);
    }

    private void fire(SandboxPolicy policy, AlertState state, AlertFiring one, List<Firing> fired) {
        urgent = true;
        stops.fire(state.rule(), one);
        fired.add(firing(policy, state, one));
    }

    private static Firing firing(SandboxPolicy policy, AlertState state, AlertFiring one) {
        return Firing.of(policy, state.rule(), one, state.times());
    }

    /**
     * What time alone does, what somebody has written meanwhile, and whether somebody lets a tool run again.
     *
     * @return what fires
     */
    public List<Firing> pass(SandboxPolicy policy, Instant now) {
        meet(policy);
        List<Firing> fired = behind ? List.of() : look(policy, now);
        resume(policy);
        return fired;
    }

    private List<Firing> look(SandboxPolicy policy, Instant now) {
        List<Firing> fired = new ArrayList<>();
        for (AlertState state : states.values()) {
            state.pass(now).forEach(one -> fire(policy, state, one, fired));
        }
        return fired;
    }

    private void meet(SandboxPolicy policy) {
        for (AlertStatus told : stored(policy)) {
            AlertState state = states.get(told.name());
            if (state != null) {
                stops.drop(state.merge(told));
            }
        }
        stops.adopt(policy, states);
    }

    /** Before anything may fire: what fires after somebody has let it run again stops it anew. */
    private void resume(SandboxPolicy policy) {
        urgent |= stops.resume(policy, states);
    }

    /** What is in a stored status and nobody was told of. */
    public List<Firing> untold(SandboxPolicy policy) {
        return stored(policy).stream()
                .flatMap(told -> told.firings().stream()
                        .filter(one -> one.notifiedAt() == null)
                        .flatMap(one -> untold(policy, told.name(), one).stream()))
                .toList();
    }

    private Optional<Firing> untold(SandboxPolicy policy, String alert, AlertFiring one) {
        AlertState state = states.get(alert);
        return state != null && state.isUntold(one.id())
                ? Optional.of(firing(policy, state, one))
                : former.of(alert, one.id()).map(left -> Firing.of(policy, left, one));
    }

    /** Everybody was told of it who is to be. */
    public void notified(String alert, String id, Instant at) {
        AlertState state = states.get(alert);
        if (state != null) {
            state.notified(id, at.toString());
        }
        urgent |= former.notified(alert, id, at.toString());
    }

    /** Names of those that hold. */
    public List<String> holding() {
        return states.values().stream()
                .filter(AlertState::holds)
                .map(state -> state.rule().name())
                .toList();
    }

    /** The tools that are stopped by themselves, and that nobody has let run again since. */
    public Map<String, AlertStop> disabled(SandboxPolicy policy) {
        return stops.disabled(policy);
    }

    /** What has quarantined the policy, and nobody has let run again since. */
    public Optional<AlertStop> quarantined(SandboxPolicy policy) {
        return stops.quarantined(policy);
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
        return Stream.concat(
                        states.values().stream().map(state -> {
                            AlertStatus told = state.told(until, now);
                            state.clean();
                            return told;
                        }),
                        former.told())
                .limit(Bounds.ALERTS_TOLD)
                .toList();
    }

    /** Not all runs are known yet that ended before: until they are, nothing that is counted fires, and nothing ceases to hold. */
    public void behind() {
        behind = true;
        states.values().forEach(state -> state.behind(true));
    }

    /**
     * All runs are known that ended before.
     *
     * @return what fires with them
     */
    public List<Firing> caughtUp(SandboxPolicy policy, Instant now) {
        meet(policy);
        // What is resumed does not count what it was stopped for.
        resume(policy);
        List<Firing> fired = new ArrayList<>(release(policy, now));
        behind = false;
        states.values().forEach(state -> state.behind(false));
        fired.addAll(look(policy, now));
        return fired;
    }

    /** What was told last is not stored. */
    public void again(boolean urgently) {
        urgent |= urgently;
        states.values().forEach(AlertState::again);
    }
}
