package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.record.Newest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Runs that are to be frozen, and since when. The gateway has it done; where it does not in time, because it is down, or the supervisor does not obey, the pod goes and the tool with it. What another process knew is
 * forgotten: then the time begins anew. Thread-safe.
 */
final class Freezes {
    private static final int MOST = 10_000;

    /** Far above what it takes; a tool goes on for as long where there is no gateway. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Map<String, Instant> since = new Newest<>(MOST);

    /** Until when the gateway has time; empty where that is over. */
    synchronized Optional<Instant> until(ToolRun run, Instant now) {
        Instant end =
                since.computeIfAbsent(run.getMetadata().getUid(), uid -> now).plus(PATIENCE);
        return Optional.of(end).filter(now::isBefore);
    }

    synchronized void ended(ToolRun run) {
        since.remove(run.getMetadata().getUid());
    }
}
