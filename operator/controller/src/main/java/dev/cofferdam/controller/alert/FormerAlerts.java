package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Alerts that a policy has no more, and of whose firings nobody was told yet: nothing else is left of them. Not thread-safe. */
final class FormerAlerts {
    private final SortedMap<String, AlertStatus> byName = new TreeMap<>();

    /**
     * Keeps what is left of one, if anything is.
     *
     * @return whether all of it is left
     */
    boolean keep(AlertStatus told) {
        Optional<AlertStatus> left = left(told);
        left.ifPresent(it -> byName.put(it.name(), it));
        return left.equals(Optional.of(told));
    }

    private static Optional<AlertStatus> left(AlertStatus told) {
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

    /** The policy has it again; null where nothing is left of it. */
    AlertStatus remove(String name) {
        return byName.remove(name);
    }

    /** The alert of a firing of which nobody was told yet. */
    Optional<AlertStatus> of(String alert, String firing) {
        return Optional.ofNullable(byName.get(alert))
                .filter(left -> left.firings().stream().anyMatch(one -> one.id().equals(firing)));
    }

    /**
     * Everybody was told of it who is to be.
     *
     * @return whether it is one of these
     */
    boolean notified(String alert, String firing, String at) {
        Optional<AlertStatus> found = of(alert, firing);
        found.ifPresent(it -> {
            byName.remove(alert);
            keep(it.notified(firing, at));
        });
        return found.isPresent();
    }

    /** As they are to be stored. */
    Stream<AlertStatus> told() {
        return byName.values().stream();
    }
}
