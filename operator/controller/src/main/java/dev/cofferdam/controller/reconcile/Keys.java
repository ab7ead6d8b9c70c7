package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.plan.KeyLease;
import dev.cofferdam.controller.status.KeyStanding;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads and claims idempotency keys. Whether a run may be executed is always asked of the API server; that it has to wait on, a cache may say. */
final class Keys {
    private static final int UNPROCESSABLE = 422;

    /** Runs of one key may hold a whole result each. */
    private static final long PAGE = 50;

    /** What came of a claim. */
    enum Claim {
        Ours,
        /** Somebody was faster, or the Lease has changed: look again. */
        Overtaken,
        /** The namespace has as many keys as it may have. */
        Exhausted
    }

    /** Runs that wait, each with the one that it waits for: a few MiB at most, and may forget. */
    private static final int WAITING_MOST = 10_000;

    private final KubernetesClient client;
    private final Caches caches;
    private final KeyCounts counts;
    private final Map<String, ToolRun> awaited = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ToolRun> eldest) {
            return size() > WAITING_MOST;
        }
    };

    Keys(KubernetesClient client, Caches caches, KeyCounts counts) {
        this.client = client;
        this.caches = caches;
        this.counts = counts;
    }

    KeyStanding standing(ToolRun run, Instant now) {
        Optional<ToolRun> first = awaited(run).flatMap(this::shown);
        if (first.isPresent()) {
            return new KeyStanding.UnderWay(first.get(), true);
        }
        Optional<Lease> lease = Optional.ofNullable(lease(run).get());
        Optional<ToolRun> holder = lease.flatMap(there -> KeyLease.runName(there)
                .flatMap(name -> live(run.getMetadata().getNamespace(), name))
                .filter(held -> held.getMetadata().getUid().equals(KeyLease.holder(there))));
        KeyStanding standing = KeyStanding.of(run, lease, holder, () -> namesakes(run));
        switch (standing) {
            case KeyStanding.UnderWay underWay -> {
                record(underWay.first(), underWay.recorded(), now);
                await(run, underWay.first());
            }
            case KeyStanding.Ended ended -> record(ended.first(), ended.recorded(), now);
            case KeyStanding.Open open -> {}
            case KeyStanding.Refused refused -> {}
        }
        return standing;
    }

    /** Makes the run the one that may be executed under its key. */
    Claim claim(ToolRun run, KeyStanding.Open standing, Instant now) {
        return switch (standing) {
            case KeyStanding.Own own -> Claim.Ours;
            case KeyStanding.Free free -> create(run, now);
            case KeyStanding.Lapsed lapsed -> handOver(lapsed.lease(), run, now);
        };
    }

    private Claim create(ToolRun run, Instant now) {
        String namespace = run.getMetadata().getNamespace();
        if (!counts.take(namespace)) {
            return Claim.Exhausted;
        }
        try {
            client.resource(KeyLease.claim(run, now)).create();
            return Claim.Ours;
        } catch (KubernetesClientException e) {
            counts.giveBack(namespace);
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return Claim.Overtaken;
            }
            if (Set.of(HttpURLConnection.HTTP_FORBIDDEN, UNPROCESSABLE).contains(e.getCode())) {
                // A quota of the namespace's own.
                return Claim.Exhausted;
            }
            throw e;
        }
    }

    private Claim handOver(Lease lease, ToolRun run, Instant now) {
        try {
            client.resource(KeyLease.handedOver(lease, run, now)).update();
            return Claim.Ours;
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return Claim.Overtaken;
            }
            throw e;
        }
    }

    /** A Lease that was lost is made again in the name of the run that was executed, so that the key stays taken when that run goes. */
    private void record(ToolRun first, boolean recorded, Instant now) {
        if (recorded) {
            return;
        }
        try {
            client.resource(KeyLease.claim(first, now)).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }

    private Stream<ToolRun> namesakes(ToolRun run) {
        return Pages.of(
                client.resources(ToolRun.class)
                        .inNamespace(run.getMetadata().getNamespace())
                        .withField("spec.idempotencyKey", run.getSpec().idempotencyKey()),
                PAGE);
    }

    private Resource<Lease> lease(ToolRun run) {
        return client.leases()
                .inNamespace(run.getMetadata().getNamespace())
                .withName(Names.keyLease(run.getSpec().idempotencyKey()));
    }

    private Optional<ToolRun> live(String namespace, String name) {
        return Optional.ofNullable(client.resources(ToolRun.class)
                .inNamespace(namespace)
                .withName(name)
                .get());
    }

    /** A run that goes on still, as far as a cache knows. */
    private Optional<ToolRun> shown(ToolRun first) {
        return caches.run(
                        first.getMetadata().getNamespace(), first.getMetadata().getName())
                .filter(there ->
                        there.getMetadata().getUid().equals(first.getMetadata().getUid()))
                .filter(there -> Lifetime.finishedAt(there).isEmpty());
    }

    private synchronized Optional<ToolRun> awaited(ToolRun run) {
        return Optional.ofNullable(awaited.get(run.getMetadata().getUid()));
    }

    private synchronized void await(ToolRun run, ToolRun first) {
        awaited.put(run.getMetadata().getUid(), first);
    }
}
