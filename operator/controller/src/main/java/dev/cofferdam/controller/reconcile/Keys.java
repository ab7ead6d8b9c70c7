package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.plan.KeyLease;
import dev.cofferdam.controller.status.KeyStanding;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Newest;
import dev.cofferdam.record.Quoted;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads and claims idempotency keys. Whether a run may be executed is always asked of the API server; that it has to wait on, a cache may say. */
final class Keys {
    /** How often a Lease is read again that changes while it is looked at. */
    private static final int LOOKS = 5;

    private static final int QUOTA_SHOWN = 256;

    /** What came of a claim. */
    sealed interface Claim {}

    record Ours() implements Claim {}

    /** Somebody was faster, or the Lease has changed: look again. */
    record Overtaken() implements Claim {}

    /**
     * The namespace has as many keys as it may have.
     *
     * @param why for people
     */
    record Exhausted(String why) implements Claim {}

    /** A run, by what tells it from all others. */
    private record Identity(String namespace, String name, String uid) {
        static Identity of(ToolRun run) {
            return new Identity(
                    run.getMetadata().getNamespace(),
                    run.getMetadata().getName(),
                    run.getMetadata().getUid());
        }
    }

    /** Runs that wait, each with the one that it waits for: a few MiB at most, and may forget. */
    private static final int WAITING_MOST = 10_000;

    private final KubernetesClient client;
    private final Caches caches;
    private final KeyCounts counts;
    private final UnusedKeys unused;
    private final Map<String, Identity> awaited = new Newest<>(WAITING_MOST);

    Keys(KubernetesClient client, Caches caches, KeyCounts counts) {
        this.client = client;
        this.caches = caches;
        this.counts = counts;
        this.unused = new UnusedKeys(client, counts);
    }

    KeyStanding standing(ToolRun run, Instant now) {
        Optional<ToolRun> first = awaited(run).flatMap(this::shown);
        if (first.isPresent()) {
            return new KeyStanding.UnderWay(first.get(), true);
        }
        forget(run);
        Optional<Lease> lease = kept(run);
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
            case KeyStanding.Own own -> new Ours();
            case KeyStanding.Free free -> create(run, now);
            case KeyStanding.Lapsed lapsed -> handOver(lapsed.lease(), run, now);
        };
    }

    /** The Lease of the run's key. One whose time runs is stopped before anything comes of the run: no pass may ever meet it, and it names the key all the same. */
    private Optional<Lease> kept(ToolRun run) {
        for (int look = 1; ; look++) {
            Optional<Lease> lease = Optional.ofNullable(lease(run).get());
            if (lease.flatMap(KeyLease::runsOut).isEmpty()) {
                return lease;
            }
            try {
                return Optional.of(
                        client.resource(KeyLease.runningNoMore(lease.get())).update());
            } catch (KubernetesClientException e) {
                if (!AsSeen.isOvertaken(e) || look == LOOKS) {
                    throw e;
                }
            }
        }
    }

    private Claim create(ToolRun run, Instant now) {
        String namespace = run.getMetadata().getNamespace();
        if (!counts.take(namespace, now)) {
            return new Exhausted("the namespace has as many idempotency keys as it may have");
        }
        try {
            client.resource(KeyLease.claim(run, now)).create();
            return new Ours();
        } catch (KubernetesClientException e) {
            counts.giveBack(namespace);
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return new Overtaken();
            }
            if (isQuota(e)) {
                return new Exhausted(
                        "a ResourceQuota of the namespace allows no more Leases, of which each idempotency key is one: "
                                + Quoted.of(e.getStatus().getMessage(), QUOTA_SHOWN));
            }
            throw e;
        }
    }

    /** A quota of the namespace's own: its admission answers so, and nothing else that forbids does. */
    static boolean isQuota(KubernetesClientException e) {
        return e.getCode() == HttpURLConnection.HTTP_FORBIDDEN
                && e.getStatus() != null
                && e.getStatus().getMessage() != null
                && e.getStatus().getMessage().contains("exceeded quota");
    }

    /**
     * After a run has ended, and that is stored: nothing is kept for it. Where nothing was executed, and it has the key, the key goes at once; else nobody could
     * tell, once the run is gone, that nothing was.
     */
    void ended(ToolRun run, ToolRunStatus ended) {
        over(run);
        unused.release(run, ended);
    }

    private Claim handOver(Lease lease, ToolRun run, Instant now) {
        try {
            client.resource(KeyLease.handedOver(lease, run, now)).update();
            return new Ours();
        } catch (KubernetesClientException e) {
            if (AsSeen.isOvertaken(e)) {
                return new Overtaken();
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
            // A quota that is used up keeps nobody from the outcome, which is there.
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && !isQuota(e)) {
                throw e;
            }
        }
    }

    private Stream<ToolRun> namesakes(ToolRun run) {
        return Pages.of(
                client.resources(ToolRun.class)
                        .inNamespace(run.getMetadata().getNamespace())
                        .withField("spec.idempotencyKey", run.getSpec().idempotencyKey()),
                Sweeps.RUNS);
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
    private Optional<ToolRun> shown(Identity first) {
        return caches.run(first.namespace(), first.name())
                .filter(there -> there.getMetadata().getUid().equals(first.uid()))
                .filter(there -> Lifetime.finishedAt(there).isEmpty());
    }

    private synchronized Optional<Identity> awaited(ToolRun run) {
        return Optional.ofNullable(awaited.get(run.getMetadata().getUid()));
    }

    private synchronized void await(ToolRun run, ToolRun first) {
        awaited.put(run.getMetadata().getUid(), Identity.of(first));
    }

    /** Whoever waits for it asks the API server next. */
    private synchronized void over(ToolRun run) {
        forget(run);
        awaited.values().removeIf(first -> first.uid().equals(run.getMetadata().getUid()));
    }

    private synchronized void forget(ToolRun run) {
        awaited.remove(run.getMetadata().getUid());
    }
}
