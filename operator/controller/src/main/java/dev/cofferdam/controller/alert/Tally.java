package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertWindow;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.policy.alert.AlertCondition;
import dev.cofferdam.policy.alert.Count;
import dev.cofferdam.policy.alert.RunEnd;
import dev.cofferdam.policy.alert.Series;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * What one alert has counted. What is asked of is all of it; what is written down is a cut through it in time: every run that ended until then, and none that
 * ended later. So whoever goes on from there counts each run once. Not thread-safe.
 */
final class Tally {
    private static final Duration LONGEST = Duration.ofSeconds(Series.MOST);

    private record Key(Series series, String component) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::component).thenComparing(Key::series);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    /** What one run added. */
    private record Added(Instant at, Map<Key, Window> counts, List<Long> hosts) {
        Added without(String component) {
            return new Added(
                    at,
                    counts.entrySet().stream()
                            .filter(count -> !count.getKey().component().equals(component))
                            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)),
                    hosts);
        }
    }

    private final AlertCondition condition;
    private final String salt;
    private final SortedMap<Key, Window> all = new TreeMap<>();
    private final SortedMap<Key, Window> cut = new TreeMap<>();
    private final List<Added> beyond = new ArrayList<>();
    private final KnownHosts known;
    private final KnownHosts knownInCut;
    private final AtWork atWork = new AtWork();

    /** Until when it does not count what a tool did that may run again. */
    private final Map<String, Instant> forgotten = new HashMap<>();

    private Instant until;

    /**
     * @param salt of the policy's own
     * @param until every run that ended until then was counted, or is of no account
     * @param hosts that are known, as a status tells; null where there are none
     */
    Tally(AlertCondition condition, String salt, Instant until, String hosts) {
        this.condition = condition;
        this.salt = salt;
        this.until = until;
        this.known = KnownHosts.of(hosts);
        this.knownInCut = KnownHosts.of(hosts);
    }

    /** Goes on from what a status tells; what is of no account to the condition, or cannot be read, is left out. */
    void resume(AlertWindow told) {
        if (told.count() == null || told.seconds() == null) {
            return;
        }
        Key key = new Key(new Series(told.count(), told.seconds()), Component.of(told.tool()));
        Window counted = Window.of(told);
        if (condition.series().contains(key.series()) && counted.seconds() == told.seconds()) {
            all.put(key, counted);
            cut.put(key, counted);
        }
    }

    /** Until when it has counted every run. */
    Instant until() {
        return until;
    }

    /** Whether a component was stopped by then, and may run again since: what it did before is of no account. */
    boolean isForgotten(String component, Instant at) {
        return !at.isAfter(forgotten(component));
    }

    private Instant forgotten(String component) {
        return forgotten.getOrDefault(component, Instant.MIN);
    }

    /** Of what was denied at these times, that which is of account. */
    SortedMap<Instant, Long> ofAccount(String component, SortedMap<Instant, Long> denied) {
        return Meanwhile.since(denied, forgotten(component));
    }

    /** Whether its condition asks how often something was denied. */
    boolean isOfDenials() {
        return condition.series().stream().anyMatch(Tally::isOfDenials);
    }

    private static boolean isOfDenials(Series series) {
        return series.name().equals(Count.PermissionDenials.text());
    }

    /** A run's tool is at work no more. */
    void isOver(String run) {
        atWork.remove(run);
    }

    /**
     * Counts what was denied so far to a tool that is at work, as of when it was.
     *
     * @return whether that was not known yet, and is of account
     */
    boolean meanwhile(String run, Meanwhile denied, String component) {
        List<Series> series =
                condition.series().stream().filter(Tally::isOfDenials).toList();
        return !series.isEmpty() && atWork.put(run, denied, series, forgotten(component));
    }

    /**
     * Counts a run that has ended: what it was denied, as of when it was; all else, as of its end.
     *
     * @return whether there is anything of it to write down
     */
    boolean add(EndedRun run, String component, Instant now) {
        Instant at = run.at().isAfter(until) ? run.at() : until.plusMillis(1);
        RunEnd end = run.end();
        List<Long> asked = condition.asksForHosts() ? hashes(end) : List.of();
        List<Long> fresh = known.meet(asked);
        Map<Key, Window> counts = new HashMap<>();
        for (Series series : condition.series()) {
            Key key = new Key(series, component);
            if (series.name().equals(Count.NewHosts.text())) {
                add(key, at, fresh.size(), counts);
            } else {
                long count = Count.of(series.name())
                        .map(it -> end.counts().getOrDefault(it, 0L))
                        .orElse(0L);
                long early = 0;
                if (isOfDenials(series)) {
                    early = run.denials().values().stream()
                            .mapToLong(Long::longValue)
                            .sum();
                    add(key, ofAccount(component, run.denials()), counts);
                }
                add(key, at, count - early, counts);
            }
        }
        long matches = condition.matches(counts(component, now), end);
        condition.series().stream()
                .filter(series -> series.name().equals(Series.MATCHES))
                .forEach(series -> add(new Key(series, component), at, matches, counts));
        boolean isAny = !counts.isEmpty() || !asked.isEmpty();
        if (isAny) {
            beyond.add(new Added(at, Map.copyOf(counts), asked));
        }
        return isAny;
    }

    private List<Long> hashes(RunEnd end) {
        return end.hosts().stream()
                .sorted()
                .map(host -> KnownHosts.hash(salt, host))
                .toList();
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

    /** What is asked of, in the windows that end now. */
    Map<Series, Long> counts(String component, Instant now) {
        return counts(component, window -> window.count(now));
    }

    /** The same, in the windows that ended then. */
    Map<Series, Long> countsUntil(String component, Instant then) {
        return counts(component, window -> window.countUntil(then));
    }

    private Map<Series, Long> counts(String component, ToLongFunction<Window> count) {
        Map<Series, Long> counts = new TreeMap<>();
        for (Series series : condition.series()) {
            Window window = all.get(new Key(series, component));
            counts.put(
                    series, (window == null ? 0 : count.applyAsLong(window)) + atWork.count(series, component, count));
        }
        return counts;
    }

    /**
     * What is over counts no more.
     *
     * @return whether there was any
     */
    boolean prune(Instant now) {
        boolean over = prune(all, now);
        prune(cut, now);
        atWork.prune(now.minus(LONGEST));
        return over;
    }

    private static boolean prune(SortedMap<Key, Window> windows, Instant now) {
        windows.replaceAll((key, window) -> window.at(now));
        return windows.values().removeIf(Window::isEmpty);
    }

    /**
     * The tool, or all of the policy, may run again: what it did before is of no account.
     *
     * @param when it was stopped; what ended until then may not have been counted yet
     */
    void forget(String component, Instant when) {
        forgotten.put(component, when);
        atWork.forget(component, when);
        all.keySet().removeIf(key -> key.component().equals(component));
        cut.keySet().removeIf(key -> key.component().equals(component));
        beyond.replaceAll(added -> added.without(component));
    }

    /** Whether it has counted what its cut leaves out. */
    boolean hasBeyond() {
        return !beyond.isEmpty();
    }

    /**
     * Makes another cut, which is never behind the one before.
     *
     * @param at every run that ended until then was counted
     */
    void cut(Instant at) {
        beyond.removeIf(added -> {
            if (added.at().isAfter(at)) {
                return false;
            }
            added.counts().forEach((key, window) -> cut.merge(key, window, Window::plus));
            knownInCut.meet(added.hosts());
            return true;
        });
        until = at.isAfter(until) ? at : until;
    }

    /** Of what is in the cut, what is over counts no more. */
    void pruneCut(Instant now) {
        prune(cut, now);
    }

    /** The cut as it is written down; those with the highest counts, where there is no room for all. */
    List<AlertWindow> windows(Instant now) {
        return cut.entrySet().stream()
                .sorted(Comparator.comparing(
                        (Map.Entry<Key, Window> entry) -> entry.getValue().count(now), Comparator.reverseOrder()))
                .limit(Bounds.ALERT_WINDOWS)
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getValue()
                        .told(
                                entry.getKey().series().name(),
                                Component.tool(entry.getKey().component())))
                .toList();
    }

    /** The hosts in the cut, as they are written down. */
    String hosts() {
        return knownInCut.told();
    }
}
