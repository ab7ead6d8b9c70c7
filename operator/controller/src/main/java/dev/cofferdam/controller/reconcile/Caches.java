package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Disablement;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the controller watches besides the runs themselves, and which runs each change concerns. Every cache lags behind the API server; who must be sure asks
 * it.
 */
final class Caches {
    private final IndexerResourceCache<ToolRun> runs;
    private final RunIndex index;
    private final Term term;
    private final InformerEventSource<SandboxPolicy, ToolRun> policies;
    private final InformerEventSource<Pod, ToolRun> pods;
    private final InformerEventSource<NetworkPolicy, ToolRun> networkPolicies;
    private final SimpleInboundEventSource<ToolRun> woken = new SimpleInboundEventSource<>("woken");
    private final NamespaceLabel<ToolRun> state;
    private final NamespaceLabel<ToolRun> stage;
    private final SeenPods seenPods = new SeenPods();

    /**
     * @param index of the primary cache
     * @param term the time in which caches are whole
     */
    Caches(EventSourceContext<ToolRun> context, RunIndex index, Term term) {
        this.runs = context.getPrimaryCache();
        this.index = index;
        this.term = term;
        policies = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(SandboxPolicy.class, ToolRun.class)
                        .withComparableResourceVersion(false)
                        .withPrimaryToSecondaryMapper((ToolRun run) -> Set.of())
                        .withSecondaryToPrimaryMapper(policy -> ids(index.ofPolicy(
                                policy.getMetadata().getNamespace(),
                                policy.getMetadata().getName())))
                        .withOnUpdateFilter((now, before) -> !Objects.equals(
                                        now.getMetadata().getGeneration(),
                                        before.getMetadata().getGeneration())
                                || Disablement.differs(now, before))
                        .build(),
                context);
        pods = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Pod.class, ToolRun.class)
                        .withComparableResourceVersion(false)
                        .withItemStore(seenPods)
                        .withLabelSelector(Names.MANAGED_BY_LABEL + "=" + Names.MANAGED_BY)
                        .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(ToolRun.class))
                        .withOnUpdateFilter(Caches::tellsSomething)
                        .build(),
                context);
        networkPolicies = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(NetworkPolicy.class, ToolRun.class)
                        .withComparableResourceVersion(false)
                        .withPrimaryToSecondaryMapper((ToolRun run) -> Set.of())
                        .withSecondaryToPrimaryMapper(policy ->
                                ids(index.ofNamespace(policy.getMetadata().getNamespace())))
                        .build(),
                context);
        state = new NamespaceLabel<>(
                Names.STATE_LABEL,
                ToolRun.class,
                namespace -> ids(
                        namespace.equals(Names.SYSTEM_NAMESPACE) ? runs.list().toList() : index.ofNamespace(namespace)),
                context);
        stage = new NamespaceLabel<>(
                Names.STAGE_LABEL, ToolRun.class, namespace -> ids(index.ofNamespace(namespace)), context);
    }

    List<EventSource<?, ToolRun>> sources() {
        return List.of(policies, pods, networkPolicies, state.source(), stage.source(), woken);
    }

    /** Those of a policy that are not settled. */
    List<ToolRun> runsOf(String namespace, String policy) {
        return term.whole(index.ofPolicy(namespace, policy));
    }

    /** Those of a namespace that are not settled. */
    List<ToolRun> runsOf(String namespace) {
        return term.whole(index.ofNamespace(namespace));
    }

    /** Those with the idempotency key of a run, itself among them, that are not settled. */
    List<ToolRun> namesakes(ToolRun run) {
        return term.whole(
                index.ofKey(run.getMetadata().getNamespace(), run.getSpec().idempotencyKey()));
    }

    /** Has the loop look at a run at once. */
    void wake(ToolRun run) {
        woken.propagateEvent(ResourceID.fromResource(run));
    }

    /** One that is not settled. */
    Optional<ToolRun> run(String namespace, String name) {
        return term.whole(runs.get(new ResourceID(name, namespace)));
    }

    Optional<SandboxPolicy> policy(String namespace, String name) {
        return term.whole(policies.get(new ResourceID(name, namespace)));
    }

    Optional<Pod> pod(String namespace, String name) {
        return term.whole(pods.get(new ResourceID(name, namespace)));
    }

    /** Whether one of that UID was evicted, by the last that was seen of it. */
    boolean wasEvicted(String namespace, String name, String uid) {
        return seenPods.wasEvicted(namespace, name, uid);
    }

    Optional<NetworkPolicy> networkPolicy(String namespace) {
        return term.whole(networkPolicies.get(new ResourceID(Names.NETWORK_POLICY, namespace)));
    }

    /** Those that are deleted and that somebody keeps all the same, and are not settled. */
    List<ToolRun> deleted() {
        return term.whole(runs.list(ToolRun::isMarkedForDeletion).toList());
    }

    /** Value of the label that stops a namespace; empty where it has none. */
    Optional<String> state(String namespace) {
        return term.whole(state.of(namespace));
    }

    /** Value of the label that says of which stage a namespace is; empty where it has none. */
    Optional<String> stage(String namespace) {
        return term.whole(stage.of(namespace));
    }

    /** All that is there, ours too. */
    List<NetworkPolicy> networkPolicies(String namespace) {
        return term.whole(networkPolicies.list(namespace, policy -> true).toList());
    }

    /** Most updates of a pod are of no account for its run. */
    private static boolean tellsSomething(Pod now, Pod before) {
        return !Objects.equals(
                        now.getMetadata().getDeletionTimestamp(),
                        before.getMetadata().getDeletionTimestamp())
                || !Objects.equals(
                        now.getStatus().getPhase(), before.getStatus().getPhase())
                || !Objects.equals(
                        now.getStatus().getReason(), before.getStatus().getReason())
                || !Objects.equals(
                        now.getStatus().getPodIP(), before.getStatus().getPodIP())
                || !Objects.equals(
                        now.getStatus().getStartTime(), before.getStatus().getStartTime())
                || !Objects.equals(
                        now.getStatus().getInitContainerStatuses(),
                        before.getStatus().getInitContainerStatuses())
                || !Objects.equals(
                        now.getStatus().getContainerStatuses(),
                        before.getStatus().getContainerStatuses());
    }

    private static Set<ResourceID> ids(List<? extends HasMetadata> runs) {
        return runs.stream().map(ResourceID::fromResource).collect(Collectors.toSet());
    }
}
