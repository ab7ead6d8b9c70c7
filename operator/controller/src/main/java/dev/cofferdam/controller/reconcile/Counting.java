package dev.cofferdam.controller.reconcile;

import dev.cofferdam.record.Newest;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How far runs are counted: which are, which may end any moment, and of which policies some are yet to be shown. So it knows until when a policy's cut may go. Runs and
 * policies by their UIDs. Thread-safe; whoever asks may hold any lock, for it takes no other one.
 */
final class Counting {
    /** Runs that are known to be counted; one that is forgotten is known by its time. */
    private static final int COUNTED_MOST = 20_000;

    private final Clock clock;
    private final Set<String> counted = Newest.set(COUNTED_MOST);

    /** Since when a run is being looked at, which may end it with that time. */
    private final Map<String, Instant> underWay = new HashMap<>();

    /** Of these not all runs are counted yet that ended before this process began. */
    private final Set<String> behind = new HashSet<>();

    Counting(Clock clock) {
        this.clock = clock;
    }

    /** The time for one look at a run, read under the lock, so that no cut is behind it before it is known. */
    synchronized Instant begin(String run) {
        Instant now = clock.instant();
        underWay.putIfAbsent(run, now);
        return now;
    }

    /** What the look came to is known. */
    synchronized void over(String run) {
        underWay.remove(run);
    }

    synchronized boolean isCounted(String run) {
        return counted.contains(run);
    }

    /** Whether it is to be counted now; asked once. */
    synchronized boolean isFirst(String run) {
        return counted.add(run);
    }

    /** From now on some runs of a policy are yet to be shown; false where they were already. */
    synchronized boolean isBehindFromNow(String policy) {
        return behind.add(policy);
    }

    /** All runs of a policy were shown that ended before this process began. */
    synchronized void caughtUp(String policy) {
        behind.remove(policy);
    }

    /** A time before any end of a run of the policy's that may be stored and is not counted yet. */
    synchronized Instant until(String policy) {
        return behind.contains(policy)
                ? Instant.EPOCH
                : underWay.values().stream()
                        .min(Instant::compareTo)
                        .orElseGet(clock::instant)
                        .minusNanos(1);
    }
}
