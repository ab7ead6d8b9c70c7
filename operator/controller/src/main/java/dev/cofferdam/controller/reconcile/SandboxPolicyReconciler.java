package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ActiveRuns;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.Circuit;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.controller.plan.NetworkIsolation;
import dev.cofferdam.controller.plan.NetworkIsolation.PodLabels;
import dev.cofferdam.controller.status.PolicyNews;
import dev.cofferdam.controller.status.PolicyStatus;
import dev.cofferdam.policy.Compilation;
import dev.cofferdam.policy.CompiledPolicy;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.record.Digest;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Newest;
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
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Tells a policy's author whether it can be enforced. Decisions do not wait for this: each compiles the policy as it is. */
@ControllerConfiguration(
        name = "sandboxpolicy",
        // A review is an annotation, which does not raise the generation.
        generationAwareEventProcessing = false,
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES),
        informer = @Informer(comparableResourceVersions = false))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, maxInterval = 60000)
public class SandboxPolicyReconciler implements Reconciler<SandboxPolicy> {
    private static final Logger LOG = Logger.getLogger(SandboxPolicyReconciler.class);
    private static final Duration AGAIN = Duration.ofMillis(500);

    /** How often the nodes are asked whether they can still run it. */
    private static final Duration LOOK = Duration.ofMinutes(1);

    /** How often what changes all the time is written at most. */
    private static final Duration PACE = Duration.ofSeconds(10);

    /** When the runs of a policy were told, by its UID. May forget: then they are told once more often. */
    private final Map<String, Instant> counted = Collections.synchronizedMap(new Newest<>(COUNTED_MOST));

    private static final int COUNTED_MOST = 10_000;

    private final Workbench bench;
    private final StatusWriter writer;
    private final Events events;
    private InformerEventSource<NetworkPolicy, SandboxPolicy> networkPolicies;
    private NamespaceLabel<SandboxPolicy> state;
    private NamespaceLabel<SandboxPolicy> stage;
    private final SimpleInboundEventSource<SandboxPolicy> woken = new SimpleInboundEventSource<>("woken");

    public SandboxPolicyReconciler(Workbench bench) {
        this.bench = bench;
        this.writer = new StatusWriter(bench.client(), bench.term());
        this.events = new Events(bench.client(), bench.instance());
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
        stage = new NamespaceLabel<>(
                Names.STAGE_LABEL,
                SandboxPolicy.class,
                namespace -> policies.list(namespace, policy -> true)
                        .map(ResourceID::fromResource)
                        .collect(Collectors.toSet()),
                context);
        bench.breakers().tell(policy -> woken.propagateEvent(ResourceID.fromResource(policy)));
        bench.alerts()
                .tell(
                        policy -> woken.propagateEvent(ResourceID.fromResource(policy)),
                        bench.catchUp()::look,
                        (namespace, name) -> policies.get(new ResourceID(name, namespace)));
        return List.of(networkPolicies, state.source(), stage.source(), woken);
    }

    @Override
    public UpdateControl<SandboxPolicy> reconcile(SandboxPolicy policy, Context<SandboxPolicy> context) {
        return policy.getMetadata().getDeletionTimestamp() != null
                ? UpdateControl.noUpdate()
                : bench.term().step(() -> step(policy)).orElseGet(UpdateControl::noUpdate);
    }

    private UpdateControl<SandboxPolicy> step(SandboxPolicy policy) {
        Instant now = bench.clock().instant();
        Compilation compilation = bench.compilations().of(policy);
        boolean bounded =
                compilation.compiled().flatMap(CompiledPolicy::capacity).isPresent();
        boolean rests = compilation.compiled().flatMap(CompiledPolicy::circuit).isPresent();
        Optional<String> unavailable = compilation
                .compiled()
                .map(CompiledPolicy::runtimeClassName)
                .flatMap(name -> bench.runtimes().unavailable(name));
        Optional<String> opened = NetworkIsolation.opened(
                networkPolicies
                        .list(policy.getMetadata().getNamespace(), there -> true)
                        .toList(),
                PodLabels.of(policy));
        Optional<Halt> halt = Halt.of(policy.getMetadata().getNamespace(), state::of);
        ActiveRuns runs = bounded ? runs(policy, now) : null;
        List<ToolCircuit> tools = rests ? tools(policy, now) : List.of();
        // Last of all: what is told counts as written down until somebody says that it is not.
        Alerts.Told alerts = bench.alerts().told(policy);
        alerts.untold().forEach(bench.alarm()::raise);
        SandboxPolicyStatus status;
        boolean stored;
        try {
            status = PolicyStatus.reduce(
                    policy,
                    compilation,
                    unavailable,
                    opened,
                    halt,
                    stage.of(policy.getMetadata().getNamespace()),
                    runs,
                    PolicyStatus.tools(tools, alerts.disabled()),
                    new PolicyStatus.Alerted(told(policy, alerts, now), alerts.holding(), alerts.quarantined()),
                    now);
            stored = status.equals(policy.getStatus()) || write(policy, status, now);
        } catch (RuntimeException e) {
            bench.alerts().again(policy, true);
            throw e;
        }
        if (!stored || !status.alerts().equals(alerts.alerts())) {
            bench.alerts().again(policy, alerts.urgent());
        }
        boolean changes = bounded || rests || !status.alerts().isEmpty();
        return UpdateControl.<SandboxPolicy>noUpdate().rescheduleAfter(stored ? changes ? PACE : LOOK : AGAIN);
    }

    /** What fires is told at once, and what is counted from time to time. */
    private List<AlertStatus> told(SandboxPolicy policy, Alerts.Told alerts, Instant now) {
        return alerts.urgent() || policy.getStatus() == null || !wasToldNow(policy, now)
                ? alerts.alerts()
                : policy.getStatus().alerts();
    }

    private boolean write(SandboxPolicy policy, SandboxPolicyStatus status, Instant now) {
        boolean stored = writer.apply(policy, status, SandboxPolicy::new).isPresent();
        if (stored) {
            PolicyNews.of(policy.getStatus(), status).forEach(news -> tell(policy, news, now));
        }
        if (stored
                && (status.runs() != null
                        || !status.tools().isEmpty()
                        || !status.alerts().isEmpty())) {
            counted.put(policy.getMetadata().getUid(), now);
        }
        return stored;
    }

    /** It is in the status, too, so that a failure costs no more than an Event. */
    private void tell(SandboxPolicy policy, PolicyNews news, Instant now) {
        String uid = policy.getMetadata().getUid();
        String name = policy.getMetadata().getName() + "." + Digest.id(uid + " " + news.key(now));
        events.make(
                        Events.about(policy),
                        name,
                        new Events.Told(news.well(), news.reason(), "Reconcile", news.note()),
                        now)
                .ifPresent(code -> LOG.warnf("no Event for the policy %s: answer %d", uid, code));
    }

    /** How many runs there are changes all the time, and is told from time to time. */
    private ActiveRuns runs(SandboxPolicy policy, Instant now) {
        ActiveRuns told = policy.getStatus() == null ? null : policy.getStatus().runs();
        return told != null && wasToldNow(policy, now)
                ? told
                : bench.places()
                        .count(
                                policy.getMetadata().getNamespace(),
                                policy.getMetadata().getName());
    }

    /** A circuit that opens, half opens or closes, and each run that a half-open one lets through, is told as soon as can be; what a closed one counts is told from time to time. */
    private List<ToolCircuit> tools(SandboxPolicy policy, Instant now) {
        List<ToolCircuit> told =
                policy.getStatus() == null ? List.of() : policy.getStatus().tools();
        List<ToolCircuit> tools = bench.breakers().told(policy);
        return wasToldNow(policy, now) && circuits(tools).equals(circuits(told)) ? told : tools;
    }

    /** Without what alerts say of the tools, which is told beside it. */
    private static List<ToolCircuit> circuits(List<ToolCircuit> tools) {
        return PolicyStatus.tools(tools, Map.of()).stream()
                .filter(tool -> tool.circuit() != Circuit.Closed)
                .toList();
    }

    private boolean wasToldNow(SandboxPolicy policy, Instant now) {
        return now.isBefore(
                counted.getOrDefault(policy.getMetadata().getUid(), Instant.MIN).plus(PACE));
    }
}
