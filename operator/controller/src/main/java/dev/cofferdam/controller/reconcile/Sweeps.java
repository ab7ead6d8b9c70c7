package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.plan.Ownership;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Removes what is over, beside the loop. What ends while this replica leads is put on the agenda as it ends; a full pass, in pages and seldom, finds the rest:
 * what ended before, and what lives longer than until the next pass.
 */
public final class Sweeps {
    private static final Logger LOG = Logger.getLogger(Sweeps.class);
    private static final long PAGE = 500;

    /** A run may hold a whole result, and so may each copy of it. */
    static final long RUNS = 10;

    /** How old may be what is told again: a former process may have been killed before it had told it. Mostly another one leads within seconds. */
    private static final Duration FORMER = Duration.ofMinutes(15);

    private static final ListOptions ONE =
            new ListOptionsBuilder().withLimit(1L).build();

    private final KubernetesClient client;
    private final Clock clock;
    private final Lifetime lifetime;
    private final KeySweep keys;
    private final Agenda agenda;
    private final AuditLog auditLog;

    /** Whether all runs were met once since this process began. */
    private boolean hasMetAll;

    public Sweeps(
            KubernetesClient client, Clock clock, Lifetime lifetime, KeySweep keys, Agenda agenda, AuditLog auditLog) {
        this.auditLog = auditLog;
        this.keys = keys;
        this.client = client;
        this.clock = clock;
        this.lifetime = lifetime;
        this.agenda = agenda;
    }

    /** Removes what is due. */
    public void due() {
        Instant now = clock.instant();
        for (Agenda.Entry entry : agenda.due(now)) {
            apart(entry.kind() + " " + entry.namespace() + "/" + entry.name(), () -> remove(entry, now));
        }
    }

    private void remove(Agenda.Entry entry, Instant now) {
        switch (entry.kind()) {
            case RUN ->
                run(entry.namespace(), entry.name())
                        // Another run may have the name by now.
                        .filter(run -> RunStory.isSettled(Reducer.statusOf(run)))
                        .filter(run -> lifetime.due(run)
                                .filter(due -> !due.isAfter(now))
                                .isPresent())
                        .ifPresent(run -> {
                            apart(
                                    "the key of the run " + entry.namespace() + "/" + entry.name(),
                                    () -> keys.removing(run));
                            delete(run);
                        });
            case POD ->
                Optional.ofNullable(client.pods()
                                .inNamespace(entry.namespace())
                                .withName(entry.name())
                                .get())
                        .ifPresent(pod -> due(pod, now).ifPresent(due -> {
                            if (due.isAfter(now)) {
                                note(due, Agenda.Kind.POD, pod);
                            } else {
                                delete(pod);
                            }
                        }));
        }
    }

    /** What cannot be removed, because somebody's admission refuses it or for any other reason, keeps nothing else and is left to the next pass. */
    static void apart(String what, Runnable removal) {
        try {
            removal.run();
        } catch (KubernetesClientException e) {
            LOG.warnf("%s cannot be removed now, which the next pass tries again: %s", what, e.getMessage());
        }
    }

    /**
     * Looks through all runs, all our pods, all our NetworkPolicies and all keys. What cannot be looked through keeps nothing else from being removed.
     *
     * @throws KubernetesClientException of the first of them, at the end: then the pass is to be made again soon
     */
    public void pass() {
        agenda.clear();
        Instant now = clock.instant();
        List<KubernetesClientException> failures = new ArrayList<>();
        part(failures, () -> keysAndRuns(now));
        part(failures, () -> pods(now));
        part(failures, () -> networkPolicies(now));
        due();
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
    }

    private static void part(List<KubernetesClientException> failures, Runnable part) {
        try {
            part.run();
        } catch (KubernetesClientException e) {
            failures.add(e);
        }
    }

    /** Keys are decided about only where all runs were met. That the keys cannot be read keeps no run. */
    private void keysAndRuns(Instant now) {
        apart("what the idempotency keys are", keys::begin);
        Instant next = now.plus(lifetime.pass());
        Instant former = now.minus(FORMER);
        Pages.of(client.resources(ToolRun.class).inAnyNamespace(), RUNS).forEach(run -> {
            keys.seen(run);
            if (!hasMetAll) {
                auditLog.seen(run, former);
            }
            if (RunStory.isSettled(Reducer.statusOf(run))) {
                lifetime.due(run).filter(due -> due.isBefore(next)).ifPresent(due -> note(due, Agenda.Kind.RUN, run));
            }
        });
        hasMetAll = true;
        keys.pass(clock, Sweeps::apart);
    }

    private void pods(Instant now) {
        Pages.of(client.pods().inAnyNamespace().withLabel(Names.MANAGED_BY_LABEL, Names.MANAGED_BY), PAGE)
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .forEach(pod -> (lifetime.isOld(pod, now)
                                ? due(pod, now)
                                // Looked at when it is older: the agenda that it may have been on is gone.
                                : Optional.of(now.plus(lifetime.podRetention())))
                        .ifPresent(due -> note(due, Agenda.Kind.POD, pod)));
    }

    private void note(Instant due, Agenda.Kind kind, HasMetadata object) {
        agenda.add(new Agenda.Entry(
                due,
                kind,
                object.getMetadata().getNamespace(),
                object.getMetadata().getName()));
    }

    /**
     * When a pod is to be removed: some time after its run has finished, and at once where it is not the newest attempt's, or nobody's; empty while it has something to
     * do. A pod that only wears our label is nobody's business here.
     */
    private Optional<Instant> due(Pod pod, Instant now) {
        return Ownership.runOf(pod)
                .flatMap(name -> run(pod.getMetadata().getNamespace(), name)
                        .filter(run -> Lifetime.isOfUse(run, pod))
                        .map(run -> lifetime.podDue(run, pod))
                        .orElse(Optional.of(now)));
    }

    private Optional<ToolRun> run(String namespace, String name) {
        return Optional.ofNullable(client.resources(ToolRun.class)
                .inNamespace(namespace)
                .withName(name)
                .get());
    }

    /** Removes the NetworkPolicy from namespaces that have neither a policy nor a pod of ours. */
    private void networkPolicies(Instant now) {
        List<NetworkPolicy> ours = Pages.of(
                        client.network()
                                .v1()
                                .networkPolicies()
                                .inAnyNamespace()
                                .withLabel(Names.MANAGED_BY_LABEL, Names.MANAGED_BY)
                                .withField("metadata.name", Names.NETWORK_POLICY),
                        PAGE)
                .toList();
        for (NetworkPolicy policy : ours) {
            String namespace = policy.getMetadata().getNamespace();
            if (lifetime.isOld(policy, now)) {
                apart("the NetworkPolicy of " + namespace, () -> {
                    if (isDeserted(namespace)) {
                        delete(policy);
                    }
                });
            }
        }
    }

    private boolean isDeserted(String namespace) {
        return client.resources(SandboxPolicy.class)
                        .inNamespace(namespace)
                        .list(ONE)
                        .getItems()
                        .isEmpty()
                && client.pods()
                        .inNamespace(namespace)
                        .withLabel(Names.MANAGED_BY_LABEL, Names.MANAGED_BY)
                        .list(ONE)
                        .getItems()
                        .isEmpty();
    }

    /** What has changed since it was looked at is left to the next pass. */
    private void delete(HasMetadata object) {
        AsSeen.delete(client, object);
    }
}
