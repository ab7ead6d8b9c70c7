package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.PolicyReference;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.plan.NetworkIsolation;
import dev.cofferdam.controller.plan.NetworkIsolation.PodLabels;
import dev.cofferdam.policy.Compilation;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.Setting;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import java.util.function.Predicate;

/** Finds what a run is about. A cache may answer that something is there; only the API server may answer that it is not. */
final class Resolver {
    private final KubernetesClient client;
    private final Caches caches;
    private final Compilations compilations;

    Resolver(KubernetesClient client, Compilations compilations, Caches caches) {
        this.client = client;
        this.compilations = compilations;
        this.caches = caches;
    }

    /** What became of the run's policy; empty where its namespace has none of that name. */
    private Optional<Compilation> policy(ToolRun run) {
        String namespace = run.getMetadata().getNamespace();
        return Optional.ofNullable(run.getSpec().policyRef())
                .map(PolicyReference::name)
                .filter(name -> !name.isEmpty())
                .flatMap(name -> caches.policy(namespace, name).or(() -> live(namespace, name)))
                .filter(policy -> policy.getMetadata().getDeletionTimestamp() == null)
                .map(compilations::of);
    }

    /** What decides about the run now. */
    Setting setting(ToolRun run) {
        return Setting.of(policy(run), () -> stage(run.getMetadata().getNamespace()));
    }

    private Optional<String> stage(String namespace) {
        return caches.stage(namespace)
                .or(() -> client
                        .namespaces()
                        .withField("metadata.name", namespace)
                        .withLabel(Names.STAGE_LABEL)
                        .list()
                        .getItems()
                        .stream()
                        .map(there -> there.getMetadata().getLabels().get(Names.STAGE_LABEL))
                        .findFirst());
    }

    private Optional<SandboxPolicy> live(String namespace, String name) {
        return Optional.ofNullable(client.resources(SandboxPolicy.class)
                .inNamespace(namespace)
                .withName(name)
                .get());
    }

    /** What stops all runs of the run's namespace, above all policies. */
    Optional<Halt> halt(ToolRun run) {
        return Halt.of(run.getMetadata().getNamespace(), caches::state);
    }

    /** Why the run's pods would not be isolated; empty where nothing is known that says so. The start gate finds what the cache does not know yet. */
    Optional<String> opened(ToolRun run) {
        return NetworkIsolation.opened(caches.networkPolicies(run.getMetadata().getNamespace()), PodLabels.of(run));
    }

    /**
     * The pod of a claimed attempt; empty where it is gone.
     *
     * @param suffices whether what the cache shows is enough; else the API server is asked
     */
    Optional<Pod> pod(ToolRun run, Attempt attempt, Predicate<Pod> suffices) {
        return caches.pod(run.getMetadata().getNamespace(), attempt.podName())
                .filter(suffices)
                .or(() -> live(run, attempt));
    }

    private Optional<Pod> live(ToolRun run, Attempt attempt) {
        return Optional.ofNullable(client.pods()
                .inNamespace(run.getMetadata().getNamespace())
                .withName(attempt.podName())
                .get());
    }
}
