package dev.cofferdam.controller.alert;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which firing is told next. Each namespace has its turn, whatever waits in others, and one whose firing was not taken waits by itself, so that nobody's flood, and
 * nobody's message that is refused, keeps another one's alert waiting. Of each alert one firing waits at a time: the others are in its policy's status, and come again
 * when that one is told. Not thread-safe.
 */
public final class Turns {
    /** Of one namespace; what finds no room comes again with its policy, which is looked at every few seconds. */
    private static final int WAITING_MOST = 64;

    private static final int DOUBLINGS_MOST = 5;
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration PAUSE_MOST = FIRST.multipliedBy(1L << DOUBLINGS_MOST);

    /** Those whose turn comes first are first. */
    private final Map<String, Waiting> namespaces = new LinkedHashMap<>();

    private record Key(String policyUid, String alert) {
        static Key of(Firing firing) {
            return new Key(firing.policyUid(), firing.alert());
        }
    }

    /** What waits in one namespace. */
    private static final class Waiting {
        private final Deque<Firing> firings = new ArrayDeque<>();
        private final Set<Key> alerts = new HashSet<>();
        private Instant due = Instant.MIN;
        private int failures;

        /** What is further ahead than any pause was said by a clock that was set back since. */
        boolean isDue(Instant now) {
            return !due.isAfter(now) || due.isAfter(now.plus(PAUSE_MOST));
        }
    }

    /** @return whether it waits now; not where there is no room, or one of its alert waits already */
    public boolean offer(Firing firing) {
        Waiting waiting = namespaces.computeIfAbsent(firing.namespace(), name -> new Waiting());
        if (waiting.firings.size() >= WAITING_MOST || !waiting.alerts.add(Key.of(firing))) {
            return false;
        }
        waiting.firings.add(firing);
        return true;
    }

    /** Whose turn it is; empty where nobody's is now. It waits on until somebody says what came of it. */
    public Optional<Firing> next(Instant now) {
        return namespaces.values().stream()
                .filter(waiting -> !waiting.firings.isEmpty() && waiting.isDue(now))
                .findFirst()
                .map(waiting -> waiting.firings.peek());
    }

    /** Everybody was told of it. */
    public void told(Firing firing) {
        Waiting waiting = behindAllOthers(firing);
        waiting.firings.remove(firing);
        waiting.alerts.remove(Key.of(firing));
        waiting.failures = 0;
        waiting.due = Instant.MIN;
        if (waiting.firings.isEmpty()) {
            namespaces.remove(firing.namespace());
        }
    }

    /**
     * It was not taken. It waits on, behind the others of its namespace: it may be this one alone.
     *
     * @return how long its namespace waits
     */
    public Duration failed(Firing firing, Instant now) {
        Waiting waiting = behindAllOthers(firing);
        waiting.firings.remove(firing);
        waiting.firings.add(firing);
        Duration pause = FIRST.multipliedBy(1L << waiting.failures);
        waiting.failures = Math.min(waiting.failures + 1, DOUBLINGS_MOST);
        waiting.due = now.plus(pause);
        return pause;
    }

    /** Of all namespaces, which are looked at after this one. */
    private Waiting behindAllOthers(Firing firing) {
        Waiting waiting = namespaces.remove(firing.namespace());
        namespaces.put(firing.namespace(), waiting);
        return waiting;
    }

    /** Those that wait, in no order. */
    public Stream<Firing> all() {
        return namespaces.values().stream().flatMap(waiting -> waiting.firings.stream());
    }
}
