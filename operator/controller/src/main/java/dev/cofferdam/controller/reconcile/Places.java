package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ActiveRuns;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Turn;
import dev.cofferdam.policy.Capacity;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * Who has a place under the policies that bound how many runs there may be at one time. What counts is the API server's state; in between, what this process
 * has done and its cache does not show yet: a place that was taken a moment ago is taken, one that was given back is free. A new leader has neither, and a cache
 * that it has just filled. Thread-safe.
 */
public final class Places {
    private final Map<String, String> taken = new HashMap<>();
    private final Map<String, String> givenBack = new HashMap<>();
    private BiFunction<String, String, List<ToolRun>> runs = (namespace, policy) -> List.of();

    /** @param runs of a namespace and a policy, that are not settled */
    synchronized void watch(BiFunction<String, String, List<ToolRun>> runs) {
        this.runs = runs;
    }

    /** Whether it is the run's turn; if it is, it has a place from now on, until it is given back. */
    synchronized Turn turn(ToolRun run, Capacity capacity, Instant now) {
        List<ToolRun> all = unsettled(run);
        int active = (int) all.stream()
                .filter(other -> !uid(other).equals(uid(run)) && hasPlace(other))
                .count();
        Turn turn = Turn.of(run, capacity, active, waiting(all), now);
        if (turn instanceof Turn.Now) {
            taken.put(uid(run), policy(run));
        }
        return turn;
    }

    /** Nothing came of the run's place: no pod was claimed. */
    synchronized void giveBack(ToolRun run) {
        taken.remove(uid(run));
    }

    /** The run has ended, and that is stored. */
    synchronized void ended(ToolRun run) {
        taken.remove(uid(run));
        givenBack.put(uid(run), policy(run));
    }

    /** Those of the policy that wait, in their order. */
    synchronized List<ToolRun> next(ToolRun ended, int most) {
        return waiting(unsettled(ended)).stream().sorted(Turn.ORDER).limit(most).toList();
    }

    /** What there is to tell of a policy. */
    synchronized ActiveRuns count(String namespace, String policy) {
        List<ToolRun> all = unsettled(namespace, policy);
        List<ToolRun> queued = waiting(all).stream()
                .filter(run -> Turn.queuedAt(run).isPresent())
                .sorted(Turn.ORDER)
                .toList();
        return new ActiveRuns(
                (int) all.stream().filter(this::hasPlace).count(),
                queued.size(),
                Optional.of(queued)
                        .filter(some -> !some.isEmpty())
                        .map(some -> some.getFirst().getMetadata().getCreationTimestamp())
                        .orElse(null));
    }

    private boolean hasPlace(ToolRun run) {
        return !givenBack.containsKey(uid(run)) && (taken.containsKey(uid(run)) || Turn.isActive(run));
    }

    private List<ToolRun> waiting(List<ToolRun> all) {
        return all.stream()
                .filter(run -> !hasPlace(run) && !givenBack.containsKey(uid(run)) && Turn.isWaiting(run))
                .toList();
    }

    private List<ToolRun> unsettled(ToolRun run) {
        return unsettled(
                run.getMetadata().getNamespace(), run.getSpec().policyRef().name());
    }

    private List<ToolRun> unsettled(String namespace, String policy) {
        List<ToolRun> all = runs.apply(namespace, policy);
        forget(all, namespace + "/" + policy);
        return all;
    }

    /** What the cache shows by now needs no memory. */
    private void forget(List<ToolRun> all, String policy) {
        Map<String, ToolRun> shown = all.stream().collect(Collectors.toMap(Places::uid, run -> run));
        taken.entrySet()
                .removeIf(entry -> entry.getValue().equals(policy)
                        && (!shown.containsKey(entry.getKey()) || Turn.isActive(shown.get(entry.getKey()))));
        givenBack.entrySet().removeIf(entry -> entry.getValue().equals(policy) && !shown.containsKey(entry.getKey()));
    }

    private static String policy(ToolRun run) {
        return run.getMetadata().getNamespace() + "/"
                + run.getSpec().policyRef().name();
    }

    private static String uid(ToolRun run) {
        return run.getMetadata().getUid();
    }
}
