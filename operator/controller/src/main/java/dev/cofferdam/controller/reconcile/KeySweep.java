package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.plan.KeyLease;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.policy.Call;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Lets idempotency keys go, some time after the last run that names them: the time of a key begins when a pass finds no such run, and ends when one is there again.
 * First the Leases are read, then all runs, and only then is anything changed, each Lease in the version that was read: a run that took its key up meanwhile has
 * changed it.
 */
public final class KeySweep {
    private static final long PAGE = 500;

    private final KubernetesClient client;
    private final Duration kept;
    private final KeyCounts counts;
    private final UnusedKeys unused;
    private final Map<Place, Seen> keys = new HashMap<>();
    private final Set<Place> named = new HashSet<>();

    private record Place(String namespace, String lease) {}

    private record Seen(String version, Optional<Instant> runsOut) {}

    /** @param kept how long a key is kept that no run names */
    public KeySweep(KubernetesClient client, Duration kept, KeyCounts counts) {
        this.client = client;
        this.kept = kept;
        this.counts = counts;
        this.unused = new UnusedKeys(client, counts);
    }

    /** A run is about to be removed, as it is now. Whoever ended it may not have come to let its key go. */
    void removing(ToolRun run) {
        unused.release(run, Reducer.statusOf(run));
    }

    /** Reads the keys, before any run is met. */
    void begin() {
        named.clear();
        keys.clear();
        Pages.of(client.leases().inAnyNamespace().withLabel(Names.KEY_LABEL), PAGE)
                .filter(lease -> KeyLease.key(lease).isPresent())
                .forEach(lease -> keys.put(
                        new Place(
                                lease.getMetadata().getNamespace(),
                                lease.getMetadata().getName()),
                        new Seen(lease.getMetadata().getResourceVersion(), KeyLease.runsOut(lease))));
    }

    /** A run that the pass has met, settled or not. */
    void seen(ToolRun run) {
        if (!Call.isKeyed(run.getSpec())) {
            return;
        }
        Place place = new Place(
                run.getMetadata().getNamespace(), Names.keyLease(run.getSpec().idempotencyKey()));
        if (keys.containsKey(place)) {
            named.add(place);
        }
    }

    /**
     * Decides about all keys, after all runs were met.
     *
     * @param clock the time of a key begins no sooner than it was seen that nobody names it
     * @param apart carries out each step so that its failure keeps nothing else
     */
    void pass(Clock clock, BiConsumer<String, Runnable> apart) {
        Instant now = clock.instant();
        keys.forEach((place, key) -> {
            if (isDue(key, named.contains(place), now)) {
                apart.accept(
                        "the key " + place.lease() + " of " + place.namespace(),
                        () -> read(place, key).ifPresent(lease -> look(lease, key, named.contains(place), now)));
            }
        });
        named.clear();
        keys.clear();
    }

    /** Most keys need nothing. */
    private static boolean isDue(Seen key, boolean named, Instant now) {
        return named
                ? key.runsOut().isPresent()
                : key.runsOut().map(at -> !at.isAfter(now)).orElse(true);
    }

    /** Empty where it is gone, or has changed since it was seen. */
    private Optional<Lease> read(Place place, Seen key) {
        return Optional.ofNullable(client.leases()
                        .inNamespace(place.namespace())
                        .withName(place.lease())
                        .get())
                .filter(lease -> lease.getMetadata().getResourceVersion().equals(key.version()));
    }

    private void look(Lease lease, Seen key, boolean named, Instant now) {
        try {
            if (named) {
                client.resource(KeyLease.runningNoMore(lease)).update();
            } else if (key.runsOut().isEmpty()) {
                client.resource(KeyLease.runningOut(lease, kept, now)).update();
            } else if (AsSeen.delete(client, lease)) {
                counts.giveBack(lease.getMetadata().getNamespace());
            }
        } catch (KubernetesClientException e) {
            // A run has taken it up meanwhile, or it is gone.
            if (!AsSeen.isOvertaken(e)) {
                throw e;
            }
        }
    }
}
