package dev.cofferdam.gateway.channel;

import dev.cofferdam.record.AuditLine;
import dev.cofferdam.record.Newest;
import dev.cofferdam.record.Quoted;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Everybody who got no channel, on record: each is counted, and is a line of the audit stream as long as its address has not had too many. A flood of one
 * address leaves the lines of all others. Thread-safe.
 */
public final class Refusals {
    static final String RUN_CHANNEL = "run channel";
    static final String CONNECT = "connect";

    /** Lines of one address at once; afterwards one a second. */
    private static final int LINES_AT_ONCE = 20;

    private static final int ADDRESSES_KNOWN = 1024;
    private static final int DETAIL_MOST = 512;

    private final Map<String, Allowance> allowances = Newest.byUse(ADDRESSES_KNOWN);
    private final Counters counters;
    private final Consumer<String> stream;
    private final InstantSource clock;

    /**
     * @param left how many lines it may still have, as of then
     * @param leftOut how many it did not get since its last one
     */
    private record Allowance(long left, long sinceSecond, long leftOut) {}

    /** @param stream takes whole lines, without their line feed */
    public Refusals(Counters counters, Consumer<String> stream, InstantSource clock) {
        this.counters = counters;
        this.stream = stream;
        this.clock = clock;
    }

    /**
     * @param peer address
     * @param detail text from outside is quoted in it
     */
    void record(Refusal refusal, String peer, String detail) {
        counters.refused(refusal);
        long leftOut = take(peer);
        if (leftOut < 0) {
            return;
        }
        Map<String, String> details = new TreeMap<>(Map.of("peer", peer, "reason", refusal.name()));
        if (!detail.isEmpty()) {
            details.put("message", Quoted.bounded(detail, DETAIL_MOST));
        }
        if (leftOut > 0) {
            details.put("leftOut", Long.toString(leftOut));
        }
        stream.accept(AuditLine.refused(clock.instant(), RUN_CHANNEL, CONNECT, details));
    }

    /** Counts somebody who may ask again: honest supervisors among them. */
    void later(Refusal refusal) {
        counters.refused(refusal);
    }

    /** Takes a line from an address's allowance. The answer is how many were left out before it, or negative where there is none. */
    private synchronized long take(String peer) {
        long second = clock.instant().getEpochSecond();
        Allowance before = allowances.getOrDefault(peer, new Allowance(LINES_AT_ONCE, second, 0));
        long left = Math.min(LINES_AT_ONCE, before.left() + Math.max(0, second - before.sinceSecond()));
        boolean gets = left > 0;
        allowances.put(peer, new Allowance(gets ? left - 1 : 0, second, gets ? 0 : before.leftOut() + 1));
        return gets ? before.leftOut() : -1;
    }
}
