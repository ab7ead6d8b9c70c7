package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.policy.AlertRule;
import dev.cofferdam.policy.alert.Series;
import dev.cofferdam.record.Quoted;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** How one alert stands: what it has counted, for what it holds, and what it has fired. Its status is all that whoever goes on from there needs. Not thread-safe. */
final class AlertState {
    /** A clock that was further ahead than this says nothing of what is counted. */
    private static final Duration AHEAD_MOST = Duration.ofMinutes(5);

    private final String salt;
    private final Tally tally;
    private final Holding holding = new Holding();
    private final Firings firings = new Firings();

    /** What was before is none of its business: it was not there, or another one has looked at it. */
    private final Instant since;

    private AlertRule rule;
    private boolean changed;
    private boolean behind;

    /** @param salt of the policy's own */
    AlertState(AlertRule rule, String salt, Instant countedUntil) {
        this(rule, salt, countedUntil, null);
        // From when it counts must be known to whoever goes on.
        changed = true;
    }

    private AlertState(AlertRule rule, String salt, Instant countedUntil, String hosts) {
        this.rule = rule;
        this.salt = salt;
        this.since = countedUntil;
        this.tally = new Tally(rule.condition(), salt, countedUntil, hosts);
    }

    /** From what a status tells. Under another condition nothing of what was counted is of account; how often it fired stays. */
    static AlertState of(AlertRule rule, String salt, AlertStatus told, Instant now) {
        boolean same = rule.condition().toString().equals(told.condition());
        Instant until = Timestamp.read(told.countedUntil())
                .filter(at -> same && at.isBefore(now.plus(AHEAD_MOST)))
                .orElse(now);
        AlertState state = new AlertState(rule, salt, until, same ? told.hosts() : null);
        state.changed = !same;
        String former = Quoted.bounded(told.condition(), Bounds.ALERT_FORMER_CONDITION);
        state.firings.resume(
                told.fired(),
                told.firings().stream()
                        .map(one ->
                                same || one.notifiedAt() != null || one.condition() != null ? one : one.under(former))
                        .toList());
        if (same) {
            told.firing().stream()
                    .filter(component -> component.equals(Component.WHOLE) != rule.disables())
                    .forEach(state.holding::add);
            state.firings.told().forEach(state.holding::firedLast);
            told.windows().stream()
                    .filter(window -> (window.tool() == null) != rule.disables())
                    .forEach(state.tally::resume);
        }
        return state;
    }

    AlertRule rule() {
        return rule;
    }

    /** The same condition with another severity or name of what is done counts on; whether it counts each tool by itself must be the same. */
    boolean become(AlertRule now) {
        if (!now.condition().equals(rule.condition()) || now.disables() != rule.disables()) {
            return false;
        }
        rule = now;
        return true;
    }

    /** Whether a run that ended then was not counted yet. */
    boolean mayCount(Instant ended, boolean isNews) {
        return isNews || ended.isAfter(tally.until());
    }

    /**
     * Counts a run.
     *
     * @param isNews whether it cannot have been counted before, whatever its time
     * @param now as of when the condition is asked
     * @return the firing, where it fires with that
     */
    Optional<AlertFiring> add(EndedRun run, boolean isNews, Instant now) {
        String component = Component.of(rule, run.end().tool());
        tally.isOver(run.run());
        if (!mayCount(run.at(), isNews) || !isNews && tally.isForgotten(component, run.at())) {
            return Optional.empty();
        }
        changed |= tally.add(run, component, now);
        return tally.isOfDenials()
                ? look(component, tally.ofAccount(component, run.denials()), now)
                : look(component, now);
    }

    /**
     * Counts what was denied so far to a tool that is at work.
     *
     * @param asks whether the condition is asked with that
     * @return the firing, where it fires with that
     */
    Optional<AlertFiring> meanwhile(String run, Meanwhile denied, boolean asks, Instant now) {
        String component = Component.of(rule, denied.tool());
        // What time alone does is looked at by itself.
        return tally.meanwhile(run, denied, component) && asks
                ? look(component, tally.ofAccount(component, denied.times()), now)
                : Optional.empty();
    }

    private Optional<AlertFiring> look(String component, Instant now) {
        Map<Series, Long> counts = tally.counts(component, now);
        if (!rule.condition().holds(counts)) {
            changed |= holding.end(component, now, behind);
            return Optional.empty();
        }
        return fire(component, counts, now);
    }

    /** What was denied may be told of when the window in which it was is over: it is asked as of then, too, unless it has fired since. */
    private Optional<AlertFiring> look(String component, SortedMap<Instant, Long> denied, Instant now) {
        Optional<Instant> last = denied.isEmpty() ? Optional.empty() : Optional.of(denied.lastKey());
        Optional<AlertFiring> late = last.filter(at -> at.isBefore(now) && at.isAfter(since))
                .filter(at -> firings.areBefore(component, at))
                .map(at -> tally.countsUntil(component, at))
                .filter(rule.condition()::holds)
                .flatMap(counts -> fire(component, counts, now));
        return late.isPresent() ? late : look(component, now);
    }

    private Optional<AlertFiring> fire(String component, Map<Series, Long> counts, Instant now) {
        if (!holding.mayBegin(component)) {
            return Optional.empty();
        }
        holding.begin(component, now);
        changed = true;
        return Optional.of(firings.fire(rule, salt, component, counts, now));
    }

    /** Its firings that stopped a tool, or all of the policy, oldest first. */
    Stream<AlertStop> stops(String component) {
        return firings.stops(rule.name(), component);
    }

    /** What time alone does: what is over counts no more, and what held may hold no more. */
    List<AlertFiring> pass(Instant now) {
        changed |= tally.prune(now);
        SortedSet<String> components = new TreeSet<>(holding.components());
        if (!rule.disables()) {
            components.add(Component.WHOLE);
        }
        return components.stream()
                .flatMap(component -> look(component, now).stream())
                .toList();
    }

    /**
     * The tool, or all of the policy, may run again: what it did before is of no account.
     *
     * @param until when it was stopped; what ended until then may not have been counted yet
     */
    void forget(String component, Instant until) {
        tally.forget(component, until);
        holding.forget(component);
        changed = true;
    }

    /**
     * What somebody else has written meanwhile, a leader before this one: what it fired is fired, and what this one was about to fire for the same is not.
     *
     * @return identifiers of what is not fired after all
     */
    List<String> merge(AlertStatus told) {
        Firings.Met met = firings.meet(told);
        met.adopted().forEach(theirs -> {
            holding.add(Component.of(theirs));
            holding.firedLast(theirs);
        });
        changed |= met.changed();
        return met.dropped();
    }

    /** Whether it is another leader's, and has just been met; asked once. */
    boolean isNews(String id) {
        return firings.isNews(id);
    }

    /** Whether nobody was told of it: a status that is on its way may not say yet who was. */
    boolean isUntold(String id) {
        return firings.isUntold(id);
    }

    void notified(String id, String at) {
        changed |= firings.notified(id, at);
    }

    boolean holds() {
        return !holding.isEmpty();
    }

    boolean isChanged() {
        return changed;
    }

    /** What was told is written down; what lies beyond its cut is not. */
    void clean() {
        changed = tally.hasBeyond();
    }

    /** @param behind whether what is counted now ended some time ago: nothing is taken for over meanwhile */
    void behind(boolean behind) {
        this.behind = behind;
    }

    void again() {
        changed = true;
    }

    /** How often it fired, ever. */
    long times() {
        return firings.times();
    }

    /** @param until every run that ended until then was counted */
    AlertStatus told(Instant until, Instant now) {
        tally.cut(until);
        if (!behind) {
            tally.pruneCut(now);
        }
        return new AlertStatus(
                rule.name(),
                rule.condition().toString(),
                tally.until().toString(),
                tally.windows(now),
                tally.hosts(),
                holding.components(),
                firings.times(),
                firings.last(),
                firings.told());
    }

    /** What is left of it where the policy has it no more: what it fired. */
    AlertStatus former() {
        return new AlertStatus(
                rule.name(),
                rule.condition().toString(),
                null,
                List.of(),
                null,
                List.of(),
                firings.times(),
                firings.last(),
                firings.told());
    }
}
