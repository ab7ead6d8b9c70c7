package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.controller.plan.NetworkIsolation;
import dev.cofferdam.controller.plan.NetworkIsolation.PodLabels;
import dev.cofferdam.controller.status.PolicyStatus;
import dev.cofferdam.policy.Compilation;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Tells a policy's author whether it can be enforced. Decisions do not wait for this: each compiles the policy as it is. */
@ControllerConfiguration(
        name = "sandboxpolicy",
        // A review is an annotation, which does not raise the generation.
        generationAwareEventProcessing = false,
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES),
        informer = @Informer(comparableResourceVersions = false))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, maxInterval = 60000)
public class SandboxPolicyReconciler implements Reconciler<SandboxPolicy> {
    private static final Duration AGAIN = Duration.ofMillis(500);

    /** How often the nodes are asked whether they can still run it. */
    private static final Duration LOOK = Duration.ofMinutes(1);

    private final Workbench bench;
    private final StatusWriter writer;
    private InformerEventSource<NetworkPolicy, SandboxPolicy> networkPolicies;
    private NamespaceLabel<SandboxPolicy> state;

    public SandboxPolicyReconciler(Workbench bench) {
        this.bench = bench;
        this.writer = new StatusWriter(bench.client());
    }

    @Override
    public List<EventSource<?, SandboxPolicy>> prepareEventSources(EventSourceContext<SandboxPolicy> context) {
        IndexerResourceCache<SandboxPolicy> policies = context.getPrimaryCache();
        networkPolicies = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(NetworkPolicy.class, SandboxPolicy.class)
                        .withComparableResourceVersion(false)
                        .withPrimaryToSecondaryMapper((SandboxPolicy policy) -> Set.of())
                        .withSecondaryToPrimaryMapper(
                                there -> policies.list(there.getMetadata().getNamespace(), policy -> true)
                                        .map(ResourceID::fromResource)
                                        .collect(Collectors.toSet()))
                        .build(),
                context);
        state = new NamespaceLabel<>(
                Names.STATE_LABEL,
                SandboxPolicy.class,
                namespace -> (namespace.equals(Names.SYSTEM_NAMESPACE)
                                ? policies.list(policy -> true)
                                : policies.list(namespace, policy -> true))
                        .map(ResourceID::fromResource)
                        .collect(Collectors.toSet()),
                context);
        return List.of(networkPolicies, state.source());
    }

    @Override
    public UpdateControl<SandboxPolicy> reconcile(SandboxPolicy policy, Context<SandboxPolicy> context) {
        if (policy.getMetadata().getDeletionTimestamp() != null) {
            return UpdateControl.noUpdate();
        }
        Compilation compilation = bench.compilations().of(policy);
        Optional<String> unavailable = switch (compilation) {
            case Compilation.Compiled compiled ->
                bench.runtimes().unavailable(compiled.policy().runtimeClassName());
            case Compilation.Refused refused ->
                Optional.of("the policy cannot be enforced as it is written; see Ready");
        };
        Optional<String> opened = NetworkIsolation.opened(
                networkPolicies
                        .list(policy.getMetadata().getNamespace(), there -> true)
                        .toList(),
                PodLabels.of(policy));
        SandboxPolicyStatus status = PolicyStatus.reduce(
                policy,
                compilation,
                unavailable,
                opened,
                Halt.of(policy.getMetadata().getNamespace(), state::of),
                bench.clock().instant());
        boolean stored = status.equals(policy.getStatus())
                || writer.apply(policy, status, SandboxPolicy::new).isPresent();
        return UpdateControl.<SandboxPolicy>noUpdate().rescheduleAfter(stored ? LOOK : AGAIN);
    }
}
