package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.RateRule;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Which runs of a policy were let through of late, by the times at which they were created. Where this process begins, or the rule is another one, it asks the API server which runs there are that were not denied; from then on it
 * remembers, so that deleting a run wins nothing. What it answers does not hang on the order in which it is asked. No namespace waits for another one's, and nobody for the API server. Thread-safe.
 */
public final class Rates {
    private static final Logger LOG = Logger.getLogger(Rates.class);

    /** How much later than others a run may be looked at and still be counted exactly; beyond it fewer are known, so it is let through rather than not. */
    private static final Duration BACKLOG = Duration.ofMinutes(10);

    /** Those of a policy, at the least; twice the rule's number where that is more. */
    private static final int REMEMBERED = 2_000;

    /** Of all namespaces: some 50 MiB. */
    private static final int ALL_MOST = 300_000;

    private final BiFunction<String, String, Stream<Passed>> there;
    private final Executor threads;
    private final int most;
    private final Map<String, Room> rooms = new ConcurrentHashMap<>();
    private final AtomicLong questions = new AtomicLong();

    /** A run that was let through, and when it was created, in whole seconds. */
    public record Passed(String uid, Instant created) {
        static Passed of(ToolRun run) {
            return new Passed(
                    run.getMetadata().getUid(), Instant.parse(run.getMetadata().getCreationTimestamp()));
        }
    }

    /** Whether a run is let through. */
    sealed interface Answer {
        /** It is, and is when it asks again. */
        record Through() implements Answer {}

        /** It is not. @param again when one would be that is created then */
        record Late(Instant again) implements Answer {}

        /** The API server has yet to say which others there are. */
        record Unknown() implements Answer {}
    }

    /**
     * @param there which runs of a namespace and a policy the API server has that were decided and not denied
     * @param threads where that is asked
     */
    public Rates(BiFunction<String, String, Stream<Passed>> there, Executor threads) {
        this(there, threads, ALL_MOST);
    }

    /** @param most runs that are remembered, of all namespaces */
    Rates(BiFunction<String, String, Stream<Passed>> there, Executor threads, int most) {
        this.there = there;
        this.threads = threads;
        this.most = most;
    }

    /** Lets a run through, or does not. */
    Answer ask(ToolRun run, RateRule rule) {
        Room room = rooms.computeIfAbsent(run.getMetadata().getNamespace(), Room::new);
        room.asked = questions.incrementAndGet();
        Answer answer = room.ask(policy(run), rule, Passed.of(run));
        if (rooms.values().stream().mapToInt(other -> other.size).sum() > most) {
            forgetBut(room);
        }
        return answer;
    }

    /** The namespace that has asked for nothing for the longest. Should it ask again, it asks the API server first. */
    private void forgetBut(Room asks) {
        rooms.values().stream()
                .filter(room -> room != asks)
                .min(Comparator.comparingLong(room -> room.asked))
                .ifPresent(idle -> rooms.remove(idle.namespace, idle));
    }

    /** Nothing came of the run that was let through: it was denied, or executes nothing. */
    void giveBack(ToolRun run) {
        Room room = rooms.get(run.getMetadata().getNamespace());
        if (room != null) {
            room.giveBack(policy(run), Passed.of(run));
        }
    }

    /** Runs of the policy pass uncounted: where it has a rule again, what is known is too little. */
    void uncounted(ToolRun run) {
        Room room = rooms.get(run.getMetadata().getNamespace());
        if (room != null) {
            room.uncounted(policy(run));
        }
    }

    private static String policy(ToolRun run) {
        return run.getSpec().policyRef().name();
    }

    /** The policies of a namespace. What it forgets, to be no larger, it asks the API server for again. */
    private final class Room {
        private static final int POLICIES_MOST = 100;
        private static final int RUNS_MOST = 100_000;

        private final String namespace;

        /** The one that was asked for last is the last. */
        private final LinkedHashMap<String, Window> windows = new LinkedHashMap<>(16, 0.75f, true);

        /** One at a time: whoever writes policies can have as many asked for as he likes. */
        private boolean asking;

        /** The number of its last question, by which the one is found that has asked for nothing for the longest. */
        private volatile long asked;

        /** Runs that are remembered. */
        private volatile int size;

        Room(String namespace) {
            this.namespace = namespace;
        }

        synchronized Answer ask(String policy, RateRule rule, Passed asks) {
            Window window = windows.get(policy);
            if (window == null || !window.rule.equals(rule)) {
                window = new Window(rule, window);
                windows.put(policy, window);
            }
            if (!window.filled && !asking) {
                asking = true;
                Window empty = window;
                threads.execute(() -> fill(policy, empty));
            }
            if (!window.filled) {
                return new Answer.Unknown();
            }
            Answer answer = window.ask(asks);
            bound();
            return answer;
        }

        private void fill(String policy, Window window) {
            try {
                List<Passed> known = there.apply(namespace, policy).toList();
                synchronized (this) {
                    known.forEach(window::add);
                    window.filled = true;
                }
            } catch (KubernetesClientException e) {
                LOG.warnf(
                        "the runs of the policy %s/%s wait until they can be counted: %s",
                        namespace, policy, e.getMessage());
            } finally {
                synchronized (this) {
                    asking = false;
                }
            }
        }

        synchronized void giveBack(String policy, Passed passed) {
            Window window = windows.get(policy);
            if (window != null) {
                window.passed.remove(passed);
            }
        }

        synchronized void uncounted(String policy) {
            windows.remove(policy);
        }

        private void bound() {
            int runs =
                    windows.values().stream().mapToInt(it -> it.passed.size()).sum();
            Iterator<Window> eldest = windows.values().iterator();
            for (int more = windows.size(); more > 1 && (more > POLICIES_MOST || runs > RUNS_MOST); more--) {
                runs -= eldest.next().passed.size();
                eldest.remove();
            }
            size = runs;
        }
    }

    /** Those of one policy that were let through, as far as they can matter. Guarded by its room. */
    private static final class Window {
        private static final Comparator<Passed> AGE =
                Comparator.comparing(Passed::created).thenComparing(Passed::uid);

        private final RateRule rule;
        private final TreeSet<Passed> passed = new TreeSet<>(AGE);
        private boolean filled;

        /** @param former of the same policy by another rule, or null: what was let through by that was let through */
        Window(RateRule rule, Window former) {
            this.rule = rule;
            if (former != null) {
                former.passed.forEach(this::add);
            }
        }

        void add(Passed one) {
            passed.add(one);
            Instant since = passed.last().created().minus(rule.per()).minus(BACKLOG);
            while (passed.first().created().isBefore(since) || passed.size() > Math.max(REMEMBERED, 2 * rule.runs())) {
                passed.pollFirst();
            }
        }

        Answer ask(Passed asks) {
            if (passed.contains(asks)) {
                return new Answer.Through();
            }
            if (fullest(asks.created()) < rule.runs()) {
                add(asks);
                return new Answer.Through();
            }
            // Fewer than the rule's number are newer, so none of the windows is full in which that time is.
            Passed first = passed.descendingSet().stream()
                    .skip(rule.runs() - 1L)
                    .findFirst()
                    .orElseThrow();
            return new Answer.Late(first.created().plus(rule.per()));
        }

        /** How many were let through in the fullest window of the rule's length that has this time in it: older and newer ones, whoever was looked at first. */
        private int fullest(Instant time) {
            List<Instant> near = Stream.concat(
                            passed
                                    .subSet(
                                            new Passed("", time.minus(rule.per())),
                                            true,
                                            new Passed("", time.plus(rule.per())),
                                            false)
                                    .stream()
                                    .map(Passed::created)
                                    .filter(time.minus(rule.per())::isBefore),
                            Stream.of(time))
                    .sorted()
                    .toList();
            int most = 0;
            for (int from = 0, to = 0; to < near.size(); to++) {
                while (!near.get(to).isBefore(near.get(from).plus(rule.per()))) {
                    from++;
                }
                most = Math.max(most, to - from);
            }
            return most;
        }
    }
}
