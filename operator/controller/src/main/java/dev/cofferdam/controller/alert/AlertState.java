package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.AlertWindow;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.policy.AlertRule;
import dev.cofferdam.policy.alert.Count;
import dev.cofferdam.policy.alert.RunEnd;
import dev.cofferdam.policy.alert.Series;
import dev.cofferdam.record.Digest;
import dev.cofferdam.record.Quoted;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How one alert stands. What is asked of is all that was counted; what is written down is a cut through it in time: every run that ended until then, and none
 * that ended later. So whoever goes on from there counts each run once. Not thread-safe.
 */
final class AlertState {
    /** For the whole policy. */
    static final String WHOLE = "*";

    private static final int ID = 16;
    private static final int PREFIX = "sha256:".length();

    /** A clock that was further ahead than this says nothing of what is counted. */
    private static final Duration AHEAD_MOST = Duration.ofMinutes(5);

    /** From one firing for a tool, or for all, to the next at least. */
    private static final Duration PAUSE = Duration.ofMinutes(1);

    private static final Duration LONGEST = Duration.ofSeconds(Series.MOST);

    /** Identifiers that are remembered, so that a stale object is not taken for news. */
    private static final int SEEN_MOST = 100;

    private record Key(Series series, String component) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::component).thenComparing(Key::series);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    /** What one run added. */
    private record Added(Instant at, Map<Key, Window> counts, List<Long> hosts) {}

    private final String salt;
    private AlertRule rule;
    private final SortedMap<Key, Window> all = new TreeMap<>();
    private final SortedMap<Key, Window> cut = new TreeMap<>();
    private final List<Added> beyond = new ArrayList<>();
    private final KnownHosts known;
    private final KnownHosts knownInCut;
    private final SortedSet<String> firing = new TreeSet<>();
    private final List<AlertFiring> firings = new ArrayList<>();
    private final LinkedHashSet<String> seen = new LinkedHashSet<>();
    private final LinkedHashSet<String> stored = new LinkedHashSet<>();
    private final Set<String> adopted = new HashSet<>();
    /** By component; one that does not fire is of no account. */
    private final Map<String, Instant> lastFired = new HashMap<>();

    /** Until when it does not count what a tool did that may run again. */
    private final Map<String, Instant> forgotten = new HashMap<>();

    private final AtWork atWork = new AtWork();

    /** What was before is none of its business: it was not there, or another one has looked at it. */
    private final Instant since;

    private Instant countedUntil;
    private long fired;
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
        this.countedUntil = countedUntil;
        this.since = countedUntil;
        this.known = KnownHosts.of(hosts);
        this.knownInCut = KnownHosts.of(hosts);
    }

    /** From what a status tells. Under another condition nothing of what was counted is of account; how often it fired stays. */
    static AlertState of(AlertRule rule, String salt, AlertStatus told, Instant now) {
        boolean same = rule.condition().toString().equals(told.condition());
        Instant until = Timestamp.read(told.countedUntil())
                .filter(at -> same && at.isBefore(now.plus(AHEAD_MOST)))
                .orElse(now);
        AlertState state = new AlertState(rule, salt, until, same ? told.hosts() : null);
        state.changed = !same;
        state.fired = told.fired() == null ? 0 : told.fired();
        String former = Quoted.bounded(told.condition(), Bounds.ALERT_FORMER_CONDITION);
        told.firings().stream()
                .map(one -> same || one.notifiedAt() != null || one.condition() != null ? one : one.under(former))
                .forEach(state::remember);
        if (same) {
            told.firing().stream()
                    .filter(component -> component.equals(WHOLE) != rule.disables())
                    .forEach(state.firing::add);
            state.firings.forEach(state::firedLast);
            for (AlertWindow window : told.windows()) {
                if (window.count() == null || window.seconds() == null || (window.tool() == null) == rule.disables()) {
                    continue;
                }
                Key key = new Key(
                        new Series(window.count(), window.seconds()), window.tool() == null ? WHOLE : window.tool());
                Window counted = Window.of(window);
                if (rule.condition().series().contains(key.series()) && counted.seconds() == window.seconds()) {
                    state.all.put(key, counted);
                    state.cut.put(key, counted);
                }
            }
        }
        return state;
    }

    private void remember(AlertFiring one) {
        firings.add(one);
        stored.add(one.id());
        saw(one.id());
    }

    /** What a firing is about. */
    static String component(AlertFiring one) {
        return one.tool() == null ? WHOLE : one.tool();
    }

    private void firedLast(AlertFiring one) {
        String component = component(one);
        if (firing.contains(component)) {
            Timestamp.read(one.at()).ifPresent(at -> lastFired.put(component, at));
        }
    }

    private void saw(String id) {
        seen.remove(id);
        seen.add(id);
        if (seen.size() > SEEN_MOST) {
            seen.removeFirst();
        }
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
        return isNews || ended.isAfter(countedUntil);
    }

    /**
     * Counts a run: what it was denied, as of when it was; all else, as of its end.
     *
     * @param isNews whether it cannot have been counted before, whatever its time
     * @param now as of when the condition is asked
     * @return the firing, where it fires with that
     */
    Optional<AlertFiring> add(EndedRun run, boolean isNews, Instant now) {
        atWork.remove(run.run());
        Instant ended = run.at();
        RunEnd end = run.end();
        if (!mayCount(ended, isNews)) {
            return Optional.empty();
        }
        Instant at = ended.isAfter(countedUntil) ? ended : countedUntil.plusMillis(1);
        String component = component(end.tool());
        if (!isNews && !ended.isAfter(forgotten(component))) {
            return Optional.empty();
        }
        SortedMap<Instant, Long> denied = Meanwhile.since(run.denials(), forgotten(component));
        Map<Key, Window> counts = new HashMap<>();
        List<Long> hosts = List.of();
        for (Series series : rule.condition().series()) {
            Key key = new Key(series, component);
            if (series.name().equals(Count.NewHosts.text())) {
                if (hosts.isEmpty()) {
                    hosts = known.meet(end.hosts().stream()
                            .sorted()
                            .map(host -> KnownHosts.hash(salt, host))
                            .toList());
                }
                add(key, at, hosts.size(), counts);
            } else {
                long count = Count.of(series.name())
                        .map(it -> end.counts().getOrDefault(it, 0L))
                        .orElse(0L);
                long early = 0;
                if (isOfDenials(series)) {
                    early = run.denials().values().stream()
                            .mapToLong(Long::longValue)
                            .sum();
                    add(key, denied, counts);
                }
                add(key, at, count - early, counts);
            }
        }
        long matches = rule.condition().matches(counts(component, now), end);
        rule.condition().series().stream()
                .filter(series -> series.name().equals(Series.MATCHES))
                .forEach(series -> add(new Key(series, component), at, matches, counts));
        if (!counts.isEmpty() || !end.hosts().isEmpty() && rule.condition().asksForHosts()) {
            beyond.add(new Added(
                    at,
                    Map.copyOf(counts),
                    rule.condition().asksForHosts()
                            ? end.hosts().stream()
                                    .sorted()
                                    .map(host -> KnownHosts.hash(salt, host))
                                    .toList()
                            : List.of()));
            changed = true;
        }
        return rule.condition().series().stream().anyMatch(AlertState::isOfDenials)
                ? look(component, denied, now)
                : look(component, now);
    }

    private String component(String tool) {
        return rule.disables() ? tool : WHOLE;
    }

    private Instant forgotten(String component) {
        return forgotten.getOrDefault(component, Instant.MIN);
    }

    /**
     * Counts what was denied so far to a tool that is at work, as of when it was.
     *
     * @param asks whether the condition is asked with that
     * @return the firing, where it fires with that
     */
    Optional<AlertFiring> meanwhile(String run, Meanwhile denied, boolean asks, Instant now) {
        String component = component(denied.tool());
        List<Series> series = rule.condition().series().stream()
                .filter(AlertState::isOfDenials)
                .toList();
        // What time alone does is looked at by itself.
        return !series.isEmpty() && atWork.put(run, denied, series, forgotten(component)) && asks
                ? look(component, Meanwhile.since(denied.times(), forgotten(component)), now)
                : Optional.empty();
    }

    private static boolean isOfDenials(Series series) {
        return series.name().equals(Count.PermissionDenials.text());
    }

    private void add(Key key, Instant at, long count, Map<Key, Window> counts) {
        if (count > 0) {
            add(key, Collections.singletonMap(at, count), counts);
        }
    }

    private void add(Key key, Map<Instant, Long> times, Map<Key, Window> counts) {
        if (!times.isEmpty()) {
            Window more = Window.empty(key.series().seconds()).plus(times);
            all.merge(key, more, Window::plus);
            counts.merge(key, more, Window::plus);
        }
    }

    private Map<Series, Long> counts(String component, Instant now) {
        return counts(component, window -> window.count(now));
    }

    private Map<Series, Long> counts(String component, ToLongFunction<Window> count) {
        Map<Series, Long> counts = new TreeMap<>();
        for (Series series : rule.condition().series()) {
            Window window = all.get(new Key(series, component));
            counts.put(
                    series, (window == null ? 0 : count.applyAsLong(window)) + atWork.count(series, component, count));
        }
        return counts;
    }

    private Optional<AlertFiring> look(String component, Instant now) {
        Map<Series, Long> counts = counts(component, now);
        if (!rule.condition().holds(counts)) {
            changed |= !isPausing(component, now)
                    && !(behind && hasFiredSince(component, now))
                    && firing.remove(component);
            return Optional.empty();
        }
        return fire(component, counts, now);
    }

    /** What was denied may be told of when the window in which it was is over: it is asked as of then, too, unless it has fired since. */
    private Optional<AlertFiring> look(String component, SortedMap<Instant, Long> denied, Instant now) {
        Optional<Instant> last = denied.isEmpty() ? Optional.empty() : Optional.of(denied.lastKey());
        Optional<AlertFiring> late = last.filter(at -> at.isBefore(now) && at.isAfter(since))
                .filter(at -> firings.stream()
                        .filter(one -> component.equals(component(one)))
                        .flatMap(one -> Timestamp.read(one.at()).stream())
                        .allMatch(at::isAfter))
                .map(at -> counts(component, window -> window.countUntil(at)))
                .filter(rule.condition()::holds)
                .flatMap(counts -> fire(component, counts, now));
        return late.isPresent() ? late : look(component, now);
    }

    private Optional<AlertFiring> fire(String component, Map<Series, Long> counts, Instant now) {
        if (firing.contains(component) || firing.size() >= Bounds.TOOLS) {
            return Optional.empty();
        }
        firing.add(component);
        lastFired.put(component, now);
        fired++;
        AlertFiring one = new AlertFiring(
                Digest.of(String.join(" ", salt, rule.name(), component, Long.toString(fired), now.toString()))
                        .substring(PREFIX, PREFIX + ID),
                now.toString(),
                component.equals(WHOLE) ? null : component,
                counts.entrySet().stream()
                        .filter(count -> !count.getKey().name().equals(Series.MATCHES))
                        .map(count -> count.getKey() + ": " + count.getValue())
                        .toList(),
                rule.severity(),
                rule.action(),
                null,
                null);
        firings.add(one);
        saw(one.id());
        trim();
        changed = true;
        return Optional.of(one);
    }

    /** Whether it fired so lately that it counts as firing still, so that what comes and goes does not fire each time. */
    private boolean isPausing(String component, Instant now) {
        Instant last = lastFired.get(component);
        return last != null && !last.isAfter(now) && now.isBefore(last.plus(PAUSE));
    }

    /** Whether it fired by what ended later, when it is asked as of a time that is over. */
    private boolean hasFiredSince(String component, Instant asked) {
        Instant last = lastFired.get(component);
        return last != null && last.isAfter(asked);
    }

    /** The newest, and those before them that nobody was told of yet, as far as there is room. */
    private void trim() {
        for (int at = 0; at < firings.size() - Bounds.ALERT_FIRINGS; ) {
            if (firings.get(at).notifiedAt() == null) {
                at++;
            } else {
                firings.remove(at);
            }
        }
        while (firings.size() > Bounds.ALERT_FIRINGS_UNTOLD) {
            firings.removeFirst();
        }
    }

    /** Its firings that stopped a tool, or all of the policy, oldest first. */
    Stream<AlertStop> stops(String component) {
        return firings.stream()
                .filter(one -> component.equals(component(one)) && one.action() != AlertAction.Notify)
                .map(one -> new AlertStop(rule.name(), one.id(), one.at()));
    }

    /** What time alone does: what is over counts no more, and what held may hold no more. */
    List<AlertFiring> pass(Instant now) {
        changed |= prune(all, now);
        prune(cut, now);
        atWork.prune(now.minus(LONGEST));
        SortedSet<String> components = new TreeSet<>(firing);
        if (!rule.disables()) {
            components.add(WHOLE);
        }
        return components.stream()
                .flatMap(component -> look(component, now).stream())
                .toList();
    }

    private static boolean prune(SortedMap<Key, Window> windows, Instant now) {
        windows.replaceAll((key, window) -> window.at(now));
        return windows.values().removeIf(Window::isEmpty);
    }

    /**
     * The tool, or all of the policy, may run again: what it did before is of no account.
     *
     * @param until when it was stopped; what ended until then may not have been counted yet
     */
    void forget(String component, Instant until) {
        forgotten.put(component, until);
        atWork.forget(component, until);
        all.keySet().removeIf(key -> key.component().equals(component));
        cut.keySet().removeIf(key -> key.component().equals(component));
        beyond.replaceAll(added -> new Added(
                added.at(),
                added.counts().entrySet().stream()
                        .filter(count -> !count.getKey().component().equals(component))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)),
                added.hosts()));
        firing.remove(component);
        lastFired.remove(component);
        changed = true;
    }

    /**
     * What somebody else has written meanwhile, a leader before this one: what it fired is fired, and what this one was about to fire for the same is not.
     *
     * @return identifiers of what is not fired after all
     */
    List<String> merge(AlertStatus told) {
        List<String> dropped = new ArrayList<>();
        for (AlertFiring theirs : told.firings()) {
            if (seen.contains(theirs.id())) {
                stored.add(theirs.id());
                if (theirs.notifiedAt() != null) {
                    notified(theirs.id(), theirs.notifiedAt());
                }
                continue;
            }
            String component = component(theirs);
            firings.removeIf(ours -> {
                boolean same = !stored.contains(ours.id()) && component.equals(component(ours));
                if (same) {
                    dropped.add(ours.id());
                }
                return same;
            });
            remember(theirs);
            adopted.add(theirs.id());
            firing.add(component);
            firedLast(theirs);
            fired = Math.max(fired - dropped.size(), told.fired() == null ? 0 : told.fired());
            changed = true;
        }
        while (stored.size() > SEEN_MOST) {
            stored.removeFirst();
        }
        return dropped;
    }

    /** Whether it is another leader's, and has just been met; asked once. */
    boolean isNews(String id) {
        return adopted.remove(id);
    }

    /** Whether nobody was told of it: a status that is on its way may not say yet who was. */
    boolean isUntold(String id) {
        return firings.stream().anyMatch(one -> one.id().equals(id) && one.notifiedAt() == null);
    }

    void notified(String id, String at) {
        firings.replaceAll(one -> {
            if (!one.id().equals(id) || one.notifiedAt() != null) {
                return one;
            }
            changed = true;
            return one.notified(at);
        });
        trim();
    }

    boolean holds() {
        return !firing.isEmpty();
    }

    boolean isChanged() {
        return changed;
    }

    /** What was told is written down; what lies beyond its cut is not. */
    void clean() {
        changed = !beyond.isEmpty();
    }

    /** @param behind whether what is counted now ended some time ago: nothing is taken for over meanwhile */
    void behind(boolean behind) {
        this.behind = behind;
    }

    void again() {
        changed = true;
    }

    /** What is left of it where the policy has it no more; empty where everybody was told of all. */
    Optional<AlertStatus> former() {
        return former(new AlertStatus(
                rule.name(),
                rule.condition().toString(),
                null,
                List.of(),
                null,
                List.of(),
                fired,
                firings.isEmpty() ? null : firings.getLast().at(),
                List.copyOf(firings)));
    }

    /** The same, of one that a status tells of. */
    static Optional<AlertStatus> former(AlertStatus told) {
        List<AlertFiring> untold =
                told.firings().stream().filter(one -> one.notifiedAt() == null).toList();
        return untold.isEmpty()
                ? Optional.empty()
                : Optional.of(new AlertStatus(
                        told.name(),
                        told.condition(),
                        null,
                        List.of(),
                        null,
                        List.of(),
                        told.fired(),
                        told.lastFired(),
                        untold));
    }

    long times() {
        return fired;
    }

    /** @param until every run that ended until then was counted */
    AlertStatus told(Instant until, Instant now) {
        beyond.removeIf(added -> {
            if (added.at().isAfter(until)) {
                return false;
            }
            added.counts().forEach((key, window) -> cut.merge(key, window, Window::plus));
            knownInCut.meet(added.hosts());
            return true;
        });
        countedUntil = until.isAfter(countedUntil) ? until : countedUntil;
        if (!behind) {
            prune(cut, now);
        }
        return new AlertStatus(
                rule.name(),
                rule.condition().toString(),
                countedUntil.toString(),
                cut.entrySet().stream()
                        .sorted(Comparator.comparing(
                                (Map.Entry<Key, Window> entry) ->
                                        entry.getValue().count(now),
                                Comparator.reverseOrder()))
                        .limit(Bounds.ALERT_WINDOWS)
                        .sorted(Map.Entry.comparingByKey())
                        .map(entry -> entry.getValue()
                                .told(
                                        entry.getKey().series().name(),
                                        entry.getKey().component().equals(WHOLE)
                                                ? null
                                                : entry.getKey().component()))
                        .toList(),
                knownInCut.told(),
                List.copyOf(firing),
                fired,
                firings.isEmpty() ? null : firings.getLast().at(),
                List.copyOf(firings));
    }
}
