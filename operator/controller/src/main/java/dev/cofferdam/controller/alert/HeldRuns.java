package dev.cofferdam.controller.alert;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Runs that are held back until those are known that ended before them. Not thread-safe. */
final class HeldRuns {
    /** There are more only where that takes very long. */
    private static final int MOST = 10_000;

    /** What has come meanwhile, in no order. */
    private final List<Held> held = new ArrayList<>();

    /** @param isNews whether it cannot have been counted before */
    record Held(EndedRun run, boolean isNews) {}

    void add(EndedRun run, boolean isNews) {
        held.add(new Held(run, isNews));
    }

    boolean isFull() {
        return held.size() >= MOST;
    }

    /** All of them, in the order in which they ended; none is held any longer. */
    List<Held> release() {
        List<Held> inOrder = held.stream()
                .sorted(Comparator.comparing((Held one) -> one.run().at()))
                .toList();
        held.clear();
        return inOrder;
    }
}
