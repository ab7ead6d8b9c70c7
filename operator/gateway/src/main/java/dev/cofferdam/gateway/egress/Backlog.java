package dev.cofferdam.gateway.egress;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that wait for whoever does not read them: of one run in both directions, and with all others'. Where there is no room left each connection has one piece on its way at a time,
 * and so none stands still because of others. Thread-safe.
 */
final class Backlog {
    private final long most;
    private final Optional<Backlog> all;
    private final AtomicLong bytes = new AtomicLong();

    /** @param all of which this is a part */
    Backlog(long most, Optional<Backlog> all) {
        this.most = most;
        this.all = all;
    }

    void add(long count) {
        bytes.addAndGet(count);
        all.ifPresent(more -> more.add(count));
    }

    /** So many were taken, or are for nobody any more. */
    void remove(long count) {
        add(-count);
    }

    boolean hasRoom() {
        return bytes.get() < most && all.map(Backlog::hasRoom).orElse(true);
    }

    long bytes() {
        return bytes.get();
    }
}
