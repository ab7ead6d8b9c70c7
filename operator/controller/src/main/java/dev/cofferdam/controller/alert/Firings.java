package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.policy.AlertRule;
import dev.cofferdam.policy.alert.Series;
import dev.cofferdam.record.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What one alert has fired, oldest first: the newest, and those before them that nobody was told of yet, as far as there is room. Not thread-safe. */
final class Firings {

    /** Identifiers that are remembered, so that a stale object is not taken for news. */
    private static final int SEEN_MOST = 100;

    private final List<AlertFiring> kept = new ArrayList<>();
    private final LinkedHashSet<String> seen = new LinkedHashSet<>();
    private final LinkedHashSet<String> stored = new LinkedHashSet<>();
    private final Set<String> adopted = new HashSet<>();
    private long times;

    /**
     * What came of meeting what somebody else has written.
     *
     * @param dropped identifiers of what is not fired after all
     * @param adopted what somebody else has fired
     * @param changed whether there is anything of it to write down
     */
    record Met(List<String> dropped, List<AlertFiring> adopted, boolean changed) {}

    /**
     * Goes on from what is stored.
     *
     * @param times how often it fired; null: never
     */
    void resume(Long times, List<AlertFiring> told) {
        this.times = orNever(times);
        told.forEach(this::remember);
    }

    private static long orNever(Long times) {
        return times == null ? 0 : times;
    }

    private void remember(AlertFiring one) {
        kept.add(one);
        stored.add(one.id());
        saw(one.id());
    }

    private void saw(String id) {
        seen.remove(id);
        seen.add(id);
        if (seen.size() > SEEN_MOST) {
            seen.removeFirst();
        }
    }

    /**
     * Adds one.
     *
     * @param salt of the policy's own
     * @param counts with which it fires
     */
    AlertFiring fire(AlertRule rule, String salt, String component, Map<Series, Long> counts, Instant now) {
        times++;
        AlertFiring one = new AlertFiring(
                Digest.id(String.join(" ", salt, rule.name(), component, Long.toString(times), now.toString())),
                now.toString(),
                Component.tool(component),
                counts.entrySet().stream()
                        .filter(count -> !count.getKey().name().equals(Series.MATCHES))
                        .map(count -> count.getKey() + ": " + count.getValue())
                        .toList(),
                rule.severity(),
                rule.action(),
                null,
                null);
        kept.add(one);
        saw(one.id());
        trim();
        return one;
    }

    private void trim() {
        for (int at = 0; at < kept.size() - Bounds.ALERT_FIRINGS; ) {
            if (kept.get(at).notifiedAt() == null) {
                at++;
            } else {
                kept.remove(at);
            }
        }
        while (kept.size() > Bounds.ALERT_FIRINGS_UNTOLD) {
            kept.removeFirst();
        }
    }

    /** What a leader before this one has written meanwhile: what it fired is fired, and what this one was about to fire for the same is not. */
    Met meet(AlertStatus told) {
        List<String> dropped = new ArrayList<>();
        List<AlertFiring> theirs = new ArrayList<>();
        boolean changed = false;
        for (AlertFiring one : told.firings()) {
            if (seen.contains(one.id())) {
                stored.add(one.id());
                changed |= one.notifiedAt() != null && notified(one.id(), one.notifiedAt());
                continue;
            }
            kept.removeIf(ours -> {
                boolean same = !stored.contains(ours.id()) && Component.of(one).equals(Component.of(ours));
                if (same) {
                    dropped.add(ours.id());
                }
                return same;
            });
            remember(one);
            adopted.add(one.id());
            theirs.add(one);
            times = Math.max(times - dropped.size(), orNever(told.fired()));
            changed = true;
        }
        while (stored.size() > SEEN_MOST) {
            stored.removeFirst();
        }
        return new Met(dropped, theirs, changed);
    }

    /** Whether it is another leader's, and has just been met; asked once. */
    boolean isNews(String id) {
        return adopted.remove(id);
    }

    /** Whether nobody was told of it: a status that is on its way may not say yet who was. */
    boolean isUntold(String id) {
        return kept.stream().anyMatch(one -> one.id().equals(id) && one.notifiedAt() == null);
    }

    /** @return whether that was not known yet */
    boolean notified(String id, String at) {
        boolean isNews = isUntold(id);
        kept.replaceAll(one -> one.id().equals(id) && one.notifiedAt() == null ? one.notified(at) : one);
        trim();
        return isNews;
    }

    /** Whether all for that component were before. */
    boolean areBefore(String component, Instant at) {
        return kept.stream()
                .filter(one -> component.equals(Component.of(one)))
                .flatMap(one -> Timestamp.read(one.at()).stream())
                .allMatch(at::isAfter);
    }

    /** Those that stopped a tool, or all of the policy, oldest first. */
    Stream<AlertStop> stops(String alert, String component) {
        return kept.stream()
                .filter(one -> component.equals(Component.of(one)) && one.action() != AlertAction.Notify)
                .map(one -> new AlertStop(alert, one.id(), one.at()));
    }

    /** How often it fired, ever. */
    long times() {
        return times;
    }

    /** When it fired last; null where it did not. */
    String last() {
        return kept.isEmpty() ? null : kept.getLast().at();
    }

    List<AlertFiring> told() {
        return List.copyOf(kept);
    }
}
