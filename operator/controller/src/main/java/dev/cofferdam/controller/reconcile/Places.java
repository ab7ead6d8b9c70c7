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
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who has a place under the policies that bound how many runs there may be at one time. What counts is the API server's state; in between, what this process
 * has done and its cache does not show yet: a place that was taken a moment ago is taken, one that was given back is free. A new leader has neither, and a cache
 * that it has just filled. Thread-safe.
 */
public final class Places {
    /** How many of a policy are told that a place is free that another one's run gave back. */
    private static final int OTHERS = 1;

    /** Policies of a namespace; above that, those without a run are forgotten when another one comes. */
    static final int LINES_MOST = 1_000;

    private final Map<String, Room> rooms = new ConcurrentHashMap<>();
    private volatile BiFunction<String, String, List<ToolRun>> runsOfPolicy = (namespace, policy) -> List.of();
    private volatile Function<String, List<ToolRun>> runsOfNamespace = namespace -> List.of();

    /**
     * @param runsOfPolicy of a namespace and a policy, that are not settled
     * @param runsOfNamespace of a namespace, that are not settled
     */
    void watch(
            BiFunction<String, String, List<ToolRun>> runsOfPolicy, Function<String, List<ToolRun>> runsOfNamespace) {
        this.runsOfPolicy = runsOfPolicy;
        this.runsOfNamespace = runsOfNamespace;
    }

    /** Whether it is the run's turn; if it is, it has a place from now on, until it is given back. */
    Turn turn(ToolRun run, Capacity capacity, Instant now) {
        return room(run.getMetadata().getNamespace()).turn(run, capacity, now);
    }

    /** The run begins under a policy that has none wait: others may count it. */
    void begins(ToolRun run) {
        known(run).ifPresent(room -> room.begins(run));
    }

    /** Nothing came of the run's place: no pod was claimed. */
    void giveBack(ToolRun run) {
        known(run).ifPresent(room -> room.giveBack(run));
    }

    /** The run has ended, and that is stored. */
    void ended(ToolRun run) {
        known(run).ifPresent(room -> room.ended(run));
    }

    /** Those that wait for what the run had, in their order: of its policy, and the first of each other one that heeds the namespace. */
    List<ToolRun> next(ToolRun ended, int most) {
        return known(ended).map(room -> room.next(ended, most)).orElse(List.of());
    }

    /** What there is to tell of a policy. */
    ActiveRuns count(String namespace, String policy) {
        return room(namespace).count(policy);
    }

    /** How many policies of a namespace something is kept of. */
    int known(String namespace) {
        return room(namespace).size();
    }

    private Room room(String namespace) {
        return rooms.computeIfAbsent(namespace, Room::new);
    }

    private Optional<Room> known(ToolRun run) {
        return Optional.ofNullable(run.getSpec().policyRef())
                .map(policy -> rooms.get(run.getMetadata().getNamespace()));
    }

    private static String policy(ToolRun run) {
        return run.getSpec().policyRef().name();
    }

    private static String uid(ToolRun run) {
        return run.getMetadata().getUid();
    }

    /** A namespace: its policies wait for each other's runs only where they say so. */
    private final class Room {
        private final String namespace;
        private final Map<String, Line> lines = new HashMap<>();

        Room(String namespace) {
            this.namespace = namespace;
        }

        synchronized Turn turn(ToolRun run, Capacity capacity, Instant now) {
            Line line = line(policy(run));
            line.capacity = Optional.of(capacity);
            List<ToolRun> all = line.unsettled();
            int active = (int) all.stream()
                    .filter(other -> !uid(other).equals(uid(run)) && line.hasPlace(other))
                    .count();
            Turn.Crowd crowd = capacity.inNamespace().isPresent()
                    ? crowd(run, capacity.inNamespace().getAsInt())
                    : new Turn.Crowd(0, 0);
            Turn turn = Turn.of(run, capacity, active, line.waiting(all), crowd, now);
            if (turn instanceof Turn.Now) {
                line.taken.add(uid(run));
            }
            return turn;
        }

        private Turn.Crowd crowd(ToolRun run, int most) {
            lines.values().forEach(Line::unsettled);
            int active = (int) runsOfNamespace.apply(namespace).stream()
                    .filter(other -> other.getSpec() != null && other.getSpec().policyRef() != null)
                    .filter(other -> !uid(other).equals(uid(run)))
                    .filter(other -> Optional.ofNullable(lines.get(policy(other)))
                            .map(line -> line.hasPlace(other))
                            .orElseGet(() -> Turn.isActive(other)))
                    .count();
            int before = (int) shared(policy(run))
                    .flatMap(line -> line.beginnable(active, most).stream())
                    .filter(other -> Turn.ORDER.compare(other, run) < 0)
                    .count();
            return new Turn.Crowd(active, before);
        }

        synchronized void begins(ToolRun run) {
            if (shared("").findAny().isPresent()) {
                Line line = line(policy(run));
                line.unsettled();
                line.taken.add(uid(run));
            }
        }

        synchronized void giveBack(ToolRun run) {
            Optional.ofNullable(lines.get(policy(run))).ifPresent(line -> line.taken.remove(uid(run)));
        }

        synchronized void ended(ToolRun run) {
            Optional.ofNullable(lines.get(policy(run))).ifPresent(line -> {
                line.taken.remove(uid(run));
                line.givenBack.add(uid(run));
            });
        }

        synchronized List<ToolRun> next(ToolRun ended, int most) {
            Stream<ToolRun> own = Optional.ofNullable(lines.get(policy(ended))).stream()
                    .flatMap(line -> line.inOrder().limit(most));
            return Stream.concat(
                            own,
                            shared(policy(ended)).flatMap(line -> line.inOrder().limit(OTHERS)))
                    .toList();
        }

        synchronized ActiveRuns count(String policy) {
            return line(policy).count();
        }

        /** Those of other policies that heed the namespace. */
        private Stream<Line> shared(String policy) {
            return lines.entrySet().stream()
                    .filter(entry -> !entry.getKey().equals(policy))
                    .map(Map.Entry::getValue)
                    .filter(line -> line.capacity
                            .filter(capacity -> capacity.inNamespace().isPresent())
                            .isPresent());
        }

        private Line line(String policy) {
            if (lines.size() >= LINES_MOST && !lines.containsKey(policy)) {
                lines.values().removeIf(Line::isDeserted);
            }
            return lines.computeIfAbsent(policy, name -> new Line(() -> runsOfPolicy.apply(namespace, policy)));
        }

        synchronized int size() {
            return lines.size();
        }
    }

    /** The runs of one policy. Guarded by its room. */
    private static final class Line {
        private final Supplier<List<ToolRun>> runs;
        private final Set<String> taken = new HashSet<>();
        private final Set<String> givenBack = new HashSet<>();

        /** As it was when one of its runs last asked for its turn. */
        private Optional<Capacity> capacity = Optional.empty();

        Line(Supplier<List<ToolRun>> runs) {
            this.runs = runs;
        }

        /** Then nothing is lost with it: what its policy allows is told when a run of it asks. */
        boolean isDeserted() {
            return unsettled().isEmpty() && taken.isEmpty() && givenBack.isEmpty();
        }

        Stream<ToolRun> inOrder() {
            return waiting(unsettled()).stream().sorted(Turn.ORDER);
        }

        /**
         * Those that may begin before others as far as the policy's own bounds go.
         *
         * @param inNamespace how many of the namespace have a place
         * @param others how many may by the policy of those others
         */
        List<ToolRun> beginnable(int inNamespace, int others) {
            List<ToolRun> all = unsettled();
            long active = all.stream().filter(this::hasPlace).count();
            Optional<OptionalInt> lower =
                    capacity.map(Capacity::inNamespace).filter(bound -> bound.isPresent() && bound.getAsInt() < others);
            long most = Math.min(free(capacity.map(Capacity::active), active), free(lower, inNamespace));
            return waiting(all).stream().sorted(Turn.ORDER).limit(most).toList();
        }

        private static long free(Optional<OptionalInt> bound, long active) {
            return bound.filter(OptionalInt::isPresent)
                    .map(most -> Math.max(0, most.getAsInt() - active))
                    .orElse(Long.MAX_VALUE);
        }

        ActiveRuns count() {
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
