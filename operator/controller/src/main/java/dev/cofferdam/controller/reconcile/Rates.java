package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.RateRule;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * How many runs of a policy were let through of late, by the times at which they were created. Where this process begins, or the rule is another one, it asks the API server which runs there are that were not denied; from then on it
 * remembers, so that deleting a run wins nothing. Thread-safe.
 */
public final class Rates {
    private static final int POLICIES_MOST = 1000;

    /** A run that was let through, and when it was created, in whole seconds. */
    public record Passed(String uid, Instant created) {}

    private record Key(String namespace, String policy, RateRule rule) {}

    /** The newest that were let through, as many as the rule has; older ones cannot matter. */
    private record Window(TreeSet<Passed> newest, Set<String> uids) {
        void add(Passed passed, int most) {
            if (uids.add(passed.uid())) {
                newest.add(passed);
                if (newest.size() > most) {
                    uids.remove(newest.pollFirst().uid());
                }
            }
        }
    }

    private static final Comparator<Passed> AGE =
            Comparator.comparing(Passed::created).thenComparing(Passed::uid);

    private final BiFunction<String, String, Stream<Passed>> there;
    private final Map<Key, Window> windows = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Window> eldest) {
            return size() > POLICIES_MOST;
        }
    };

    /** @param there which runs of a namespace and a policy the API server has that were decided and not denied */
    public Rates(BiFunction<String, String, Stream<Passed>> there) {
        this.there = there;
    }

    /** Lets a run through, or says when one that is created then would be. One that was let through is when it asks again. */
    synchronized Optional<Instant> ask(ToolRun run, RateRule rule) {
        String namespace = run.getMetadata().getNamespace();
        String policy = run.getSpec().policyRef().name();
        Window window = windows.computeIfAbsent(new Key(namespace, policy, rule), key -> filled(key));
        Passed asks = new Passed(
                run.getMetadata().getUid(), Instant.parse(run.getMetadata().getCreationTimestamp()));
        if (window.uids().contains(asks.uid())) {
            return Optional.empty();
        }
        Instant since = asks.created().minus(rule.per());
        long before = window.newest().stream()
                .filter(it -> it.created().isAfter(since))
                .count();
        if (before >= rule.runs()) {
            return Optional.of(window.newest().first().created().plus(rule.per()));
        }
        window.add(asks, rule.runs());
        return Optional.empty();
    }

    private Window filled(Key key) {
        Window window = new Window(new TreeSet<>(AGE), new HashSet<>());
        there.apply(key.namespace(), key.policy())
                .forEach(passed -> window.add(passed, key.rule().runs()));
        return window;
    }
}
