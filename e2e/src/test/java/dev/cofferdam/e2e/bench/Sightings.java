package dev.cofferdam.e2e.bench;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * When a watch first told of something, by the clock of this process. Kubernetes' own times are of no use here: they are whole seconds.
 *
 * @param <T> what is watched
 * @param <S> what can be seen of it
 */
final class Sightings<T extends HasMetadata, S extends Enum<S>> implements AutoCloseable {
    private record Key(String uid, Enum<?> state) {}

    private final Map<Key, CompletableFuture<Instant>> first = new ConcurrentHashMap<>();
    private final Map<String, T> newest = new ConcurrentHashMap<>();
    private final SharedIndexInformer<T> informer;

    /**
     * @param states everything that an object shows, also what lies behind it
     * @param afterwards what its removal shows
     */
    Sightings(Informable<T> objects, Function<T, Set<S>> states, Function<T, Set<S>> afterwards) {
        informer = objects.inform(new ResourceEventHandler<>() {
            @Override
            public void onAdd(T object) {
                saw(object, states.apply(object));
            }

            @Override
            public void onUpdate(T before, T now) {
                saw(now, states.apply(now));
            }

            @Override
            public void onDelete(T object, boolean finalStateUnknown) {
                saw(object, afterwards.apply(object));
            }
        });
    }

    private void saw(T object, Set<S> states) {
        Instant now = Instant.now();
        newest.put(object.getMetadata().getUid(), object);
        states.forEach(state -> future(object.getMetadata().getUid(), state).complete(now));
    }

    Instant await(String uid, S state, Duration patience) {
        try {
            return future(uid, state).get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(
                    state + " was not seen within " + patience + " of "
                            + Optional.ofNullable(newest.get(uid))
                                    .map(object -> object.getMetadata().getName())
                                    .orElse(uid),
                    e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** When it was seen, if it was. */
    Optional<Instant> seen(String uid, S state) {
        return Optional.ofNullable(future(uid, state).getNow(null));
    }

    /** The object as it was last seen. */
    T newest(String uid) {
        return newest.get(uid);
    }

    private CompletableFuture<Instant> future(String uid, S state) {
        return first.computeIfAbsent(new Key(uid, state), key -> new CompletableFuture<>());
    }

    @Override
    public void close() {
        informer.close();
    }
}
