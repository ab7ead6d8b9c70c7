package dev.cofferdam.record;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A map that has so many entries at most, and forgets the eldest for each one more: a bound on memory, for what may be forgotten. An entry is as old as its key is in
 * the map; another value makes it no younger. Not thread-safe.
 */
public final class Newest<K, V> extends LinkedHashMap<K, V> {
    private static final float LOAD = 0.75f;
    private static final int FEW = 16;

    private final int most;

    /** @param most entries that are remembered, 1 or more */
    public Newest(int most) {
        this(most, false);
    }

    private Newest(int most, boolean byUse) {
        super(FEW, LOAD, byUse);
        this.most = most;
    }

    /** One that forgets what was read or written the longest ago. */
    public static <K, V> Newest<K, V> byUse(int most) {
        return new Newest<>(most, true);
    }

    /** The same of things that are there or not. */
    public static <K> Set<K> set(int most) {
        return Collections.newSetFromMap(new Newest<>(most));
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
