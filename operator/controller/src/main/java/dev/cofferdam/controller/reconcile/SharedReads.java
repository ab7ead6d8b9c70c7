package dev.cofferdam.controller.reconcile;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/**
 * Reads that callers share where none can tell: whoever asks gets what a read has found that began after it asked. A stop of everything has each of its runs ask the API server for the same
 * label, and one answer does for all that wait. Thread-safe; of one key, one read is under way at a time.
 *
 * @param <K> what is read
 */
final class SharedReads<K, V> {
    private final Function<K, V> read;
    private final Map<K, Lane<V>> lanes = new HashMap<>();

    /**
     * What goes on for one key.
     *
     * @param underWay has begun, so it is too old for who asks now; empty where there is none
     * @param next begins when that is over, for all who ask until then; empty where nobody has asked
     */
    private record Lane<V>(Optional<CompletableFuture<V>> underWay, Optional<CompletableFuture<V>> next) {
        private static <V> Lane<V> empty() {
            return new Lane<>(Optional.empty(), Optional.empty());
        }
    }

    /** @param read may be called by several threads, for a key by one at a time */
    SharedReads(Function<K, V> read) {
        this.read = read;
    }

    /** What a read finds that begins after this call; what it throws, it throws to all who share it. */
    V get(K key) {
        CompletableFuture<V> mine = new CompletableFuture<>();
        Lane<V> found;
        synchronized (lanes) {
            found = lanes.getOrDefault(key, Lane.empty());
            if (found.next().isEmpty()) {
                lanes.put(key, new Lane<>(found.underWay(), Optional.of(mine)));
            }
        }
        if (found.next().isPresent()) {
            return result(found.next().get());
        }
        found.underWay()
                .ifPresent(before -> before.exceptionally(failed -> null).join());
        synchronized (lanes) {
            lanes.put(key, new Lane<>(Optional.of(mine), Optional.empty()));
        }
        try {
            mine.complete(read.apply(key));
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
        } finally {
            synchronized (lanes) {
                // Whoever asked meanwhile has put the next one there, and begins it; it may have begun already.
                lanes.remove(key, new Lane<>(Optional.of(mine), Optional.<CompletableFuture<V>>empty()));
            }
        }
        return result(mine);
    }

    private static <V> V result(CompletableFuture<V> read) {
        try {
            return read.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }
}
