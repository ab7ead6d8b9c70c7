package dev.cofferdam.controller.reconcile;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * What is to be removed soon, and when, so that nobody has to list everything to find it. Holds only what is due before the next full pass, and may be lost: a
 * pass fills it again.
 */
public final class Agenda {
    /** More than any pass leaves due; what does not fit is found by the next pass. */
    private static final int MOST = 100_000;

    enum Kind {
        RUN,
        POD
    }

    /** @param due the first moment at which it may be removed; whether it still may is looked at then */
    record Entry(Instant due, Kind kind, String namespace, String name) {}

    private final PriorityQueue<Entry> entries = new PriorityQueue<>(Comparator.comparing(Entry::due));

    synchronized void add(Entry entry) {
        if (entries.size() < MOST) {
            entries.add(entry);
        }
    }

    /** Takes out what is due. */
    synchronized List<Entry> due(Instant now) {
        List<Entry> due = new ArrayList<>();
        while (!entries.isEmpty() && !entries.peek().due().isAfter(now)) {
            due.add(entries.poll());
        }
        return due;
    }

    /** Before a full pass, which finds everything that is still there. */
    synchronized void clear() {
        entries.clear();
    }
}
