package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.Bounds;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** For which components one alert holds, so that it does not fire for them again. Not thread-safe. */
final class Holding {
    /** From one firing for a component to the next at least. */
    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final SortedSet<String> components = new TreeSet<>();

    /** By component; one for which it does not hold is of no account. */
    private final Map<String, Instant> lastFired = new HashMap<>();

    /** It holds, by what a status tells; when it fired, {@link #firedLast} tells. */
    void add(String component) {
        components.add(component);
    }

    void firedLast(AlertFiring one) {
        String component = Component.of(one);
        if (components.contains(component)) {
            Timestamp.read(one.at()).ifPresent(at -> lastFired.put(component, at));
        }
    }

    /** Whether it may fire: not while it holds, nor for more components than a policy has tools. */
    boolean mayBegin(String component) {
        return !components.contains(component) && components.size() < Bounds.TOOLS;
    }

    /** It fires. */
    void begin(String component, Instant now) {
        components.add(component);
        lastFired.put(component, now);
    }

    /**
     * Its condition holds no more.
     *
     * @param asked as of when
     * @param behind whether that may be over, so that it may have fired by what ended later
     * @return whether it held until now and does so no more
     */
    boolean end(String component, Instant asked, boolean behind) {
        return !isPausing(component, asked)
                && !(behind && hasFiredSince(component, asked))
                && components.remove(component);
    }

    /** Whether it fired so lately that it counts as firing still, so that what comes and goes does not fire each time. */
    private boolean isPausing(String component, Instant now) {
        Instant last = lastFired.get(component);
        return last != null && !last.isAfter(now) && now.isBefore(last.plus(PAUSE));
    }

    private boolean hasFiredSince(String component, Instant asked) {
        Instant last = lastFired.get(component);
        return last != null && last.isAfter(asked);
    }

    /** What was counted for it is of no account any more. */
    void forget(String component) {
        components.remove(component);
        lastFired.remove(component);
    }

    boolean isEmpty() {
        return components.isEmpty();
    }

    /** In order of names. */
    List<String> components() {
        return List.copyOf(components);
    }
}
