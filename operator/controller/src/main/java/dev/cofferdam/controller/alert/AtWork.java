package dev.cofferdam.controller.alert;

import dev.cofferdam.policy.alert.Series;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** What was denied to tools that are at work, by their run, as one alert counts it. It is asked far more often than it changes. Not thread-safe. */
final class AtWork {
    private record Run(Meanwhile denied, Map<Series, Window> windows) {
        static Run of(Meanwhile denied, Collection<Series> series, Instant after) {
            return new Run(
                    denied,
                    series.stream()
                            .collect(Collectors.toUnmodifiableMap(
                                    Function.identity(),
                                    it -> Window.empty(it.seconds()).plus(Meanwhile.since(denied.times(), after)))));
        }

        boolean isOf(String component) {
            return component.equals(Component.WHOLE) || component.equals(denied.tool());
        }
    }

    private final Map<String, Run> runs = new HashMap<>();

    /**
     * Takes the place of what was known of that run.
     *
     * @param after what was denied until then is of no account
     * @return false where this was known
     */
    boolean put(String run, Meanwhile denied, Collection<Series> series, Instant after) {
        Run known = runs.get(run);
        if (known != null && known.denied().equals(denied)) {
            return false;
        }
        runs.put(run, Run.of(denied, series, after));
        return true;
    }

    void remove(String run) {
        runs.remove(run);
    }

    long count(Series series, String component, ToLongFunction<Window> count) {
        return runs.values().stream()
                .filter(run -> run.isOf(component) && run.windows().containsKey(series))
                .mapToLong(run -> count.applyAsLong(run.windows().get(series)))
                .sum();
    }

    /** What was denied until then is of no account. */
    void forget(String component, Instant until) {
        runs.replaceAll((uid, run) ->
                run.isOf(component) ? Run.of(run.denied(), run.windows().keySet(), until) : run);
    }

    /** Nobody says of a run that is deleted that it is over. */
    void prune(Instant oldest) {
        runs.values().removeIf(run -> run.denied().times().lastKey().isBefore(oldest));
    }
}
