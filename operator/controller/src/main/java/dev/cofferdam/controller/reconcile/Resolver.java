package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.PolicyReference;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.plan.NetworkIsolation;
import dev.cofferdam.controller.plan.NetworkIsolation.PodLabels;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.policy.CommitGrant;
import dev.cofferdam.policy.Compilation;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Disablement;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.policy.Setting;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/** Finds what a run is about. A cache may say yes; only the API server may say no. */
final class Resolver {
    private final KubernetesClient client;
    private final Caches caches;
    private final Compilations compilations;
    private final SharedReads<Named, Optional<SandboxPolicy>> policies = new SharedReads<>(this::livePolicy);
    private final SharedReads<Named, Optional<String>> labels = new SharedReads<>(this::liveLabel);

    /** @param name of a policy, or of a label of the namespace */
    private record Named(String namespace, String name) {}

    Resolver(KubernetesClient client, Compilations compilations, Caches caches) {
        this.client = client;
        this.compilations = compilations;
        this.caches = caches;
    }

    /**
     * What decides about the run now. Where that would be its end, it is what the API server has and not what a cache shows: whoever has just applied a policy,
     * or taken a label off, may rely on it.
     */
    Grounds grounds(ToolRun run) {
        Grounds shown = grounds(run, caches::policy, caches::state, caches::stage);
        return ends(run, shown) ? now(run) : shown;
    }

    private Grounds now(ToolRun run) {
        return grounds(
                run,
                (namespace, name) -> policies.get(new Named(namespace, name)),
                namespace -> labels.get(new Named(namespace, Names.STATE_LABEL)),
                namespace -> labels.get(new Named(namespace, Names.STAGE_LABEL)));
    }

    /** Whether the run's changes may be written, by what the API server has at this moment: what is written stays written. */
    CommitGrant commitGrant(ToolRun run) {
        Grounds grounds = now(run);
        return grounds.disablement()
                .<CommitGrant>map(stop -> new CommitGrant.Refused(stop.reason()))
                .orElseGet(() -> CommitGrant.of(
                        grounds.setting(), grounds.halt(), run.getStatus().effective(), run.getSpec()));
    }

    /** The pod that writes the run's changes; empty where it is gone. */
    Optional<Pod> committer(ToolRun run) {
        String namespace = run.getMetadata().getNamespace();
        String name = Names.committerName(run.getMetadata().getUid());
        return caches.pod(namespace, name)
                .or(() -> Optional.ofNullable(
                        client.pods().inNamespace(namespace).withName(name).get()));
    }

    private Grounds grounds(
            ToolRun run,
            BiFunction<String, String, Optional<SandboxPolicy>> policies,
            Function<String, Optional<String>> state,
            Function<String, Optional<String>> stage) {
        String namespace = run.getMetadata().getNamespace();
        Optional<SandboxPolicy> policy = Optional.ofNullable(run.getSpec().policyRef())
                .map(PolicyReference::name)
                .filter(name -> !name.isEmpty())
                .flatMap(name -> policies.apply(namespace, name))
                .filter(there -> there.getMetadata().getDeletionTimestamp() == null);
        Optional<Compilation> compilation = policy.map(compilations::of);
        return Grounds.of(
                run,
                Setting.of(compilation, () -> stage.apply(namespace)),
                Halt.of(namespace, state),
                policy.flatMap(there -> Disablement.of(there, run.getSpec().tool())));
    }

    /** The policy of a run, as far as a cache knows. */
    Optional<SandboxPolicy> policy(ToolRun run) {
        return caches.policy(
                run.getMetadata().getNamespace(), run.getSpec().policyRef().name());
    }

    private static boolean ends(ToolRun run, Grounds grounds) {
        ToolRunStatus status = Reducer.statusOf(run);
        return status.attempts().isEmpty()
                ? grounds.ruling() instanceof Ruling.Refused
                : isRevoked(status) || grounds.stops(run, status.effective()).isPresent();
    }

    /** Whether the gateway has stopped it for an edit, which a cache may not show yet. */
    private static boolean isRevoked(ToolRunStatus status) {
        return status.result() != null
                && Reason.PolicyChanged.name().equals(status.result().stopReason());
    }

    private Optional<SandboxPolicy> livePolicy(Named policy) {
        return Optional.ofNullable(client.resources(SandboxPolicy.class)
                .inNamespace(policy.namespace())
                .withName(policy.name())
                .get());
    }

    private Optional<String> liveLabel(Named label) {
        return client
                .namespaces()
                .withField("metadata.name", label.namespace())
                .withLabel(label.name())
                .list()
                .getItems()
                .stream()
                .map(there -> there.getMetadata().getLabels().get(label.name()))
                .findFirst();
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

    /** Whether the pod of a claimed attempt was evicted, by the last that was seen of it here; it may be gone since. */
    boolean wasEvicted(ToolRun run, Attempt attempt) {
        return caches.wasEvicted(run.getMetadata().getNamespace(), attempt.podName(), attempt.podUID());
    }

    private Optional<Pod> live(ToolRun run, Attempt attempt) {
        return Optional.ofNullable(client.pods()
                .inNamespace(run.getMetadata().getNamespace())
                .withName(attempt.podName())
                .get());
    }
}
