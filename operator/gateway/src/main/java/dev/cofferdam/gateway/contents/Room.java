package dev.cofferdam.gateway.contents;

import java.util.HashMap;
import java.util.Map;

/**
 * How much of a store is taken, in whole blocks of a file system: what is there, and what is on its way. No namespace has more than half of it, so that none keeps all others
 * out. Thread-safe.
 */
final class Room {
    private static final long BLOCK_BYTES = 4096;

    /** One of how many equal parts of the store is the most that a namespace has. */
    private static final long SHARES = 2;

    private final long most;
    private final Map<String, Long> coming = new HashMap<>();
    private Map<String, Long> there = Map.of();

    /** @param most bytes */
    Room(long most) {
        this.most = most;
    }

    /** What a file of that size takes. */
    static long blocks(long bytes) {
        return Math.ceilDiv(bytes, BLOCK_BYTES) * BLOCK_BYTES;
    }

    /** @param bytes by namespace, of what is whole, and of what others have on its way */
    synchronized void found(Map<String, Long> bytes) {
        there = new HashMap<>(bytes);
    }

    /** Something that grows from one size to another; false where there is no room for it, and then nothing is taken. */
    synchronized boolean grows(String namespace, long from, long to) {
        long more = blocks(to) - blocks(from);
        if (all() + more > most || of(namespace) + more > most / SHARES) {
            return false;
        }
        coming.merge(namespace, more, Long::sum);
        return true;
    }

    /** Something of that size is no longer on its way; where it came to be whole, it is there now. */
    synchronized void over(String namespace, long bytes, boolean whole) {
        coming.merge(namespace, -blocks(bytes), Long::sum);
        coming.remove(namespace, 0L);
        if (whole) {
            there.merge(namespace, blocks(bytes), Long::sum);
        }
    }

    private long all() {
        return sum(there) + sum(coming);
    }

    private long of(String namespace) {
        return there.getOrDefault(namespace, 0L) + coming.getOrDefault(namespace, 0L);
    }

    private static long sum(Map<String, Long> bytes) {
        return bytes.values().stream().mapToLong(Long::longValue).sum();
    }
}
