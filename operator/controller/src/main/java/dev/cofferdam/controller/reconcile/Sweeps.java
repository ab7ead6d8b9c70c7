package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** Removes what is over, in pages, beside the loop: a cluster full of finished runs costs the loop nothing. */
public final class Sweeps {
    private static final long PAGE = 500;
    private static final ListOptions ONE =
            new ListOptionsBuilder().withLimit(1L).build();

    private final KubernetesClient client;
    private final Clock clock;
    private final Lifetime lifetime;

    public Sweeps(KubernetesClient client, Clock clock, Lifetime lifetime) {
        this.client = client;
        this.clock = clock;
        this.lifetime = lifetime;
    }

    /** Deletes settled runs whose time to live is over. */
    public void runs() {
        Instant now = clock.instant();
        Pages.of(client.resources(ToolRun.class).inAnyNamespace().withField("status.settled", "true"), PAGE)
                .filter(run -> lifetime.isOver(run, now))
                .forEach(this::delete);
    }

    /** Deletes the pods of finished runs after their retention. */
    public void pods() {
        Instant now = clock.instant();
        Pages.of(client.pods().inAnyNamespace().withLabel(Names.MANAGED_BY_LABEL, Names.MANAGED_BY), PAGE)
                .filter(pod -> lifetime.isOver(pod, now))
                .filter(this::hasFinished)
                .forEach(this::delete);
    }

    /** A pod that ended a while ago belongs to a run that has ended, unless the controller is far behind: so its run is asked. */
    private boolean hasFinished(Pod pod) {
        ToolRun run = client.resources(ToolRun.class)
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getLabels().get(Names.RUN_LABEL))
                .get();
        return run == null || Lifetime.hasEnded(run) || !Lifetime.isNewestAttempt(run, pod);
    }

    /** Removes the NetworkPolicy from namespaces that have neither a policy nor a pod of ours. */
    public void networkPolicies() {
        Instant now = clock.instant();
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
            if (lifetime.isOld(policy, now) && isDeserted(namespace)) {
                delete(policy);
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

    private void delete(HasMetadata object) {
        client.resource(object)
                .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                .delete();
    }
}
