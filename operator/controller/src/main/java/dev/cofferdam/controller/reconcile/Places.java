package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ActiveRuns;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Turn;
import dev.cofferdam.policy.Call;
import dev.cofferdam.policy.Capacity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Who has a place under the policies that bound how many runs there may be at one time. What counts is the API server's state; in between, what this process
 * has done and its cache does not show yet: a place that was taken a moment ago is taken, one that was given back is free. A new leader has neither, and a cache
 * that it has just filled. Thread-safe.
 */
public final class Places {
    private final Map<String, Line> lines = new ConcurrentHashMap<>();
    private volatile BiFunction<String, String, List<ToolRun>> runs = (namespace, policy) -> List.of();

    /** @param runs of a namespace and a policy, that are not settled */
    void watch(BiFunction<String, String, List<ToolRun>> runs) {
        this.runs = runs;
    }

    /** Whether it is the run's turn; if it is, it has a place from now on, until it is given back. */
    Turn turn(ToolRun run, Capacity capacity, Instant now) {
        return of(run).turn(run, capacity, now);
    }

    /** Nothing came of the run's place: no pod was claimed. */
    void giveBack(ToolRun run) {
        Optional.ofNullable(run.getSpec().policyRef())
                .map(policy -> lines.get(line(run.getMetadata().getNamespace(), policy.name())))
                .ifPresent(line -> line.giveBack(run));
    }

    /** The run has ended, and that is stored. */
    void ended(ToolRun run) {
        of(run).ended(run);
    }

    /** Those of the policy that wait, in their order. */
    List<ToolRun> next(ToolRun ended, int most) {
        return of(ended).next(most);
    }

    /** What there is to tell of a policy. */
    ActiveRuns count(String namespace, String policy) {
        return of(namespace, policy).count();
    }

    private Line of(ToolRun run) {
        return of(run.getMetadata().getNamespace(), run.getSpec().policyRef().name());
    }

    private Line of(String namespace, String policy) {
        return lines.computeIfAbsent(line(namespace, policy), name -> new Line(() -> runs.apply(namespace, policy)));
    }

    private static String line(String namespace, String policy) {
        return namespace + "/" + policy;
    }

    private static String uid(ToolRun run) {
        return run.getMetadata().getUid();
    }

    /** The runs of one policy: those of another wait for nothing here. */
    private static final class Line {
        private final Supplier<List<ToolRun>> runs;
        private final Set<String> taken = new HashSet<>();
        private final Set<String> givenBack = new HashSet<>();

        Line(Supplier<List<ToolRun>> runs) {
            this.runs = runs;
        }

        synchronized Turn turn(ToolRun run, Capacity capacity, Instant now) {
            List<ToolRun> all = unsettled();
            int active = (int) all.stream()
                    .filter(other -> !uid(other).equals(uid(run)) && hasPlace(other))
                    .count();
            Turn turn = Turn.of(run, capacity, active, waiting(all), now);
            if (turn instanceof Turn.Now) {
                taken.add(uid(run));
            }
            return turn;
        }

        synchronized void giveBack(ToolRun run) {
            taken.remove(uid(run));
        }

        synchronized void ended(ToolRun run) {
            taken.remove(uid(run));
            givenBack.add(uid(run));
        }

        synchronized List<ToolRun> next(int most) {
            return waiting(unsettled()).stream().sorted(Turn.ORDER).limit(most).toList();
        }

        synchronized ActiveRuns count() {
            List<ToolRun> all = unsettled();
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
            return !givenBack.contains(uid(run)) && (taken.contains(uid(run)) || Turn.isActive(run));
        }

        /** Of an idempotency key only one run begins, whatever their number: the first of them stands for all, and one that has a place leaves none. */
        private List<ToolRun> waiting(List<ToolRun> all) {
            Set<String> begun = all.stream()
                    .filter(this::hasPlace)
                    .filter(run -> Call.isKeyed(run.getSpec()))
                    .map(run -> run.getSpec().idempotencyKey())
                    .collect(Collectors.toSet());
            List<ToolRun> waiting = new ArrayList<>();
            Map<String, ToolRun> firsts = new HashMap<>();
            for (ToolRun run : all) {
                if (hasPlace(run) || givenBack.contains(uid(run)) || !Turn.isWaiting(run)) {
                    continue;
                }
                if (!Call.isKeyed(run.getSpec())) {
                    waiting.add(run);
                } else if (!begun.contains(run.getSpec().idempotencyKey())) {
                    firsts.merge(run.getSpec().idempotencyKey(), run, BinaryOperator.minBy(Turn.ORDER));
                }
            }
            waiting.addAll(firsts.values());
            return waiting;
        }

        /** What the cache shows by now needs no memory. */
        private List<ToolRun> unsettled() {
            List<ToolRun> all = runs.get();
            taken.retainAll(shown(all, run -> taken.contains(uid(run)) && !Turn.isActive(run)));
            givenBack.retainAll(shown(all, run -> givenBack.contains(uid(run))));
            return all;
        }

        private static Set<String> shown(List<ToolRun> all, Predicate<ToolRun> which) {
            return all.stream().filter(which).map(Places::uid).collect(Collectors.toSet());
        }
    }
}
