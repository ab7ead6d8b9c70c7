package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.policy.AlertRule;
import dev.cofferdam.policy.Disablement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All alerts of one policy, and what they have stopped: tools of it, or all of it. What the policy's status tells is where it begins. Not thread-safe. */
public final class PolicyAlerts {
    /** A stop before another is not looked back at, so that each is met once. */
    private static final Comparator<AlertStop> LATER =
            Comparator.comparing(PolicyAlerts::at).thenComparing(AlertStop::alert);

    /** Runs that are held back until those are known that ended before them; there are more only where that takes very long. */
    private static final int HELD_MOST = 10_000;

    private final String salt;
    private final SortedMap<String, AlertState> states = new TreeMap<>();
    /** By the name of the tool; {@link AlertState#WHOLE} where the policy is quarantined. */
    private final SortedMap<String, AlertStop> stops = new TreeMap<>();

    /** Alerts that the policy has no more, and of whose firings nobody was told yet: nothing else is left of them. */
    private final SortedMap<String, AlertStatus> former = new TreeMap<>();

    private Map<String, AlertRule> rules = Map.of();
    private boolean urgent;

    /** Whether runs may still come that ended before those which have come. */
    private boolean behind;

    /** What has come meanwhile, in no order. */
    private final List<Held> held = new ArrayList<>();

    private record Held(EndedRun run, boolean isNews) {}

    private PolicyAlerts(String salt) {
        this.salt = salt;
    }

    /** @param policy as it is stored */
    public static PolicyAlerts of(SandboxPolicy policy, Map<String, AlertRule> rules, Instant now) {
        PolicyAlerts alerts = new PolicyAlerts(policy.getMetadata().getUid());
        // Also those that may run again since nobody led: what their alerts counted before is of no account.
        alerts.stops.putAll(Disablement.stopped(policy));
        Disablement.quarantined(policy).ifPresent(stop -> alerts.stops.put(AlertState.WHOLE, stop));
        if (policy.getStatus() != null) {
            for (AlertStatus told : policy.getStatus().alerts()) {
                if (!rules.containsKey(told.name())) {
                    Optional<AlertStatus> left = AlertState.former(told);
                    left.ifPresent(it -> alerts.former.put(it.name(), it));
                    alerts.urgent |= !left.equals(Optional.of(told));
                }
            }
        }
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
        states.values().stream()
                .filter(state -> !now.containsKey(state.rule().name()))
                .flatMap(state -> state.former().stream())
                .forEach(left -> former.put(left.name(), left));
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

    private static Instant at(AlertStop stop) {
        return Timestamp.read(stop.at()).orElse(Instant.EPOCH);
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
        List<Firing> fired = new ArrayList<>(count(
                policy,
                run,
                isNews,
                then(run, now),
                state -> state.rule().condition().isOfOneRun()));
        if (states.values().stream().anyMatch(state -> isHeld(state) && state.mayCount(run.at(), isNews))) {
            held.add(new Held(run, isNews));
        }
        if (held.size() >= HELD_MOST) {
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
        List<Held> inOrder = held.stream()
                .sorted(Comparator.comparing((Held one) -> one.run().at()))
                .toList();
        held.clear();
        return inOrder.stream()
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
        if (state.rule().disables() || state.rule().quarantines()) {
            stops.putIfAbsent(
                    AlertState.component(one), new AlertStop(state.rule().name(), one.id(), one.at()));
        }
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
        if (policy.getStatus() != null) {
            for (AlertStatus told : policy.getStatus().alerts()) {
                AlertState state = states.get(told.name());
                if (state != null) {
                    List<String> dropped = state.merge(told);
                    stops.values().removeIf(it -> dropped.contains(it.firing()));
                }
            }
            Disablement.all(policy).forEach(this::adopt);
            Disablement.quarantine(policy).ifPresent(theirs -> adopt(AlertState.WHOLE, theirs));
        }
    }

    /** Before anything may fire: what fires after somebody has let it run again stops it anew. */
    private void resume(SandboxPolicy policy) {
        Map.copyOf(stops).forEach((component, by) -> {
            if (Disablement.isResumed(policy, by)) {
                resume(policy, component, by);
            }
        });
    }

    /** A stop by another leader that has just been met. */
    private void adopt(String component, AlertStop theirs) {
        AlertState state = states.get(theirs.alert());
        if (state != null && state.isNews(theirs.firing())) {
            stops.putIfAbsent(component, theirs);
        }
    }

    /** What another alert has stopped meanwhile stays stopped, by that one; else each alert counts anew what the tool does. */
    private void resume(SandboxPolicy policy, String component, AlertStop by) {
        urgent = true;
        Optional.ofNullable(states.get(by.alert())).ifPresent(state -> state.forget(component, at(by)));
        Optional<AlertStop> next = states.values().stream()
                .filter(state ->
                        stops(state.rule(), component) && !state.rule().name().equals(by.alert()))
                .flatMap(state -> state.stops(component))
                .filter(stop -> LATER.compare(stop, by) > 0 && !Disablement.isResumed(policy, stop))
                .min(LATER);
        if (next.isPresent()) {
            stops.put(component, next.get());
        } else {
            stops.remove(component);
            states.values().stream()
                    .filter(state -> stops(state.rule(), component))
                    .forEach(state -> state.forget(component, at(by)));
        }
    }

    private static boolean stops(AlertRule rule, String component) {
        return component.equals(AlertState.WHOLE) ? rule.quarantines() : rule.disables();
    }

    /** What is in a stored status and nobody was told of. */
    public List<Firing> untold(SandboxPolicy policy) {
        List<Firing> untold = new ArrayList<>();
        if (policy.getStatus() != null) {
            for (AlertStatus told : policy.getStatus().alerts()) {
                AlertState state = states.get(told.name());
                AlertStatus left = former.get(told.name());
                told.firings().stream()
                        .filter(one -> one.notifiedAt() == null)
                        .flatMap(one -> state != null && state.isUntold(one.id())
                                ? Stream.of(firing(policy, state, one))
                                : left != null && isOf(left, one.id())
                                        ? Stream.of(Firing.of(policy, left, one))
                                        : Stream.empty())
                        .forEach(untold::add);
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
        AlertStatus left = former.get(alert);
        if (left != null && isOf(left, id)) {
            urgent = true;
            former.remove(alert);
            AlertState.former(left.notified(id, at.toString())).ifPresent(rest -> former.put(alert, rest));
        }
    }

    private static boolean isOf(AlertStatus left, String id) {
        return left.firings().stream().anyMatch(one -> one.id().equals(id));
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
        return stops.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(AlertState.WHOLE))
                .filter(entry -> !Disablement.isResumed(policy, entry.getValue()))
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** What has quarantined the policy, and nobody has let run again since. */
    public Optional<AlertStop> quarantined(SandboxPolicy policy) {
        return Optional.ofNullable(stops.get(AlertState.WHOLE)).filter(stop -> !Disablement.isResumed(policy, stop));
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
                        former.values().stream())
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
