package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AlertWindow;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A count in a moving window of time, in sixtieths of it. What is only in part within the window any more counts no more: so what is spread out over more than
 * the window never looks as if it were not, and what falls within 59 sixtieths of it is counted in full.
 *
 * @param seconds length of the window
 * @param buckets counts by the number of their sixtieth since the epoch
 */
record Window(int seconds, SortedMap<Long, Long> buckets) {
    private static final int PARTS = 60;
    private static final int BUCKETS_MOST = PARTS + 1;
    private static final long COUNT_MOST = 1L << 53;
    private static final long MILLIS = 1000;

    Window {
        buckets = Collections.unmodifiableSortedMap(new TreeMap<>(buckets));
    }

    static Window empty(int seconds) {
        return new Window(seconds, Collections.emptySortedMap());
    }

    /** With so many more. */
    Window plus(Instant at, long count) {
        return plus(Map.of(at, count));
    }

    /** With so many more at each of these times. */
    Window plus(Map<Instant, Long> times) {
        SortedMap<Long, Long> more = new TreeMap<>();
        times.forEach((at, count) -> more.merge(
                Math.floorDiv(at.toEpochMilli(), width()),
                count,
                (some, others) -> Math.min(COUNT_MOST, some + others)));
        return plus(new Window(seconds, more));
    }

    /** With all of another one of the same length. */
    Window plus(Window other) {
        SortedMap<Long, Long> more = new TreeMap<>(buckets);
        other.buckets.forEach(
                (at, count) -> more.merge(at, count, (some, others) -> Math.min(COUNT_MOST, some + others)));
        while (more.size() > BUCKETS_MOST) {
            more.remove(more.firstKey());
        }
        return new Window(seconds, more);
    }

    /** How many there are in the window that ends now. */
    long count(Instant now) {
        return since(now).values().stream().reduce(0L, (some, others) -> Math.min(COUNT_MOST, some + others));
    }

    /** How many there were in the window that ended then, of all that is known now. */
    long countUntil(Instant then) {
        long end = then.toEpochMilli();
        return buckets
                .subMap(Math.ceilDiv(end - seconds * MILLIS, width()), Math.floorDiv(end, width()) + 1)
                .values()
                .stream()
                .reduce(0L, (some, others) -> Math.min(COUNT_MOST, some + others));
    }

    /** Without what is over. */
    Window at(Instant now) {
        SortedMap<Long, Long> left = since(now);
        return left.size() == buckets.size() ? this : new Window(seconds, left);
    }

    boolean isEmpty() {
        return buckets.isEmpty();
    }

    /** Those that begin within the window, also where a clock went back; not those of a clock that was far ahead. */
    private SortedMap<Long, Long> since(Instant now) {
        long end = now.toEpochMilli();
        long length = seconds * MILLIS;
        return buckets.subMap(Math.ceilDiv(end - length, width()), Math.floorDiv(end + length, width()) + 1);
    }

    private long width() {
        return seconds * MILLIS / PARTS;
    }

    /** @param tool null where it is for the whole policy */
    AlertWindow told(String count, String tool) {
        List<Long> counts = new ArrayList<>();
        long first = Math.max(buckets.firstKey(), buckets.lastKey() - PARTS);
        for (long at = first; at <= buckets.lastKey(); at++) {
            counts.add(buckets.getOrDefault(at, 0L));
        }
        return new AlertWindow(
                count, seconds, tool, Instant.ofEpochMilli(first * width()).toString(), counts);
    }

    /** What cannot be read counted nothing. */
    static Window of(AlertWindow told) {
        SortedMap<Long, Long> buckets = new TreeMap<>();
        try {
            Window empty = empty(Math.max(1, told.seconds()));
            long first = Math.floorDiv(Instant.parse(told.from()).toEpochMilli(), empty.width());
            for (int at = 0; at < told.counts().size() && at < BUCKETS_MOST; at++) {
                if (told.counts().get(at) > 0) {
                    buckets.put(first + at, told.counts().get(at));
                }
            }
            return new Window(empty.seconds(), buckets);
        } catch (DateTimeException | NullPointerException | ArithmeticException e) {
            return empty(1);
        }
    }
}
