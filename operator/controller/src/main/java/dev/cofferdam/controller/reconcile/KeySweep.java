package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.plan.KeyLease;
import dev.cofferdam.policy.Call;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;

/** Lets idempotency keys go, some time after the last run that names them: the time of a key begins when a pass finds no such run, and ends when one is there again. */
public final class KeySweep {
    private static final long PAGE = 500;

    private final KubernetesClient client;
    private final Duration kept;
    private final KeyCounts counts;
    private final Set<String> named = new HashSet<>();

    /** @param kept how long a key is kept that no run names */
    public KeySweep(KubernetesClient client, Duration kept, KeyCounts counts) {
        this.client = client;
        this.kept = kept;
        this.counts = counts;
    }

    void begin() {
        named.clear();
    }

    /** A run that the pass has met. */
    void seen(ToolRun run) {
        if (Call.isKeyed(run.getSpec())) {
            named.add(place(
                    run.getMetadata().getNamespace(),
                    Names.keyLease(run.getSpec().idempotencyKey())));
        }
    }

    /** @param apart carries out each step so that its failure keeps nothing else */
    void pass(Instant now, BiConsumer<String, Runnable> apart) {
        Pages.of(client.leases().inAnyNamespace().withLabel(Names.KEY_LABEL), PAGE)
                .forEach(lease -> KeyLease.key(lease)
                        .ifPresent(key -> apart.accept(
                                "the key " + lease.getMetadata().getName() + " of "
                                        + lease.getMetadata().getNamespace(),
                                () -> look(lease, key, now))));
        named.clear();
    }

    private void look(Lease lease, String key, Instant now) {
        boolean runs = KeyLease.runsOut(lease).isPresent();
        if (isNamed(lease, key)) {
            if (runs) {
                client.resource(KeyLease.runningNoMore(lease)).update();
            }
        } else if (!runs) {
            client.resource(KeyLease.runningOut(lease, kept, now)).update();
        } else if (KeyLease.runsOut(lease).filter(at -> !at.isAfter(now)).isPresent()) {
            delete(lease);
        }
    }

    /** That nobody names it, only the API server may say: runs that are not settled are met by no pass. */
    private boolean isNamed(Lease lease, String key) {
        String namespace = lease.getMetadata().getNamespace();
        return named.contains(place(namespace, lease.getMetadata().getName()))
                || !client.resources(ToolRun.class)
                        .inNamespace(namespace)
                        .withField("spec.idempotencyKey", key)
                        .list(new ListOptionsBuilder().withLimit(1L).build())
                        .getItems()
                        .isEmpty();
    }

    /** Only in the version that was looked at: a run may have taken it up meanwhile. */
    private void delete(Lease lease) {
        try {
            client.resource(lease)
                    .lockResourceVersion(lease.getMetadata().getResourceVersion())
                    .delete();
            counts.giveBack(lease.getMetadata().getNamespace());
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }

    private static String place(String namespace, String lease) {
        return namespace + "/" + lease;
    }
}
