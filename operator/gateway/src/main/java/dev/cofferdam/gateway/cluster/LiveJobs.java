package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Execution;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.gateway.channel.FactsStore;
import dev.cofferdam.gateway.channel.HandOver;
import dev.cofferdam.gateway.channel.Jobs;
import dev.cofferdam.gateway.channel.Undecided;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Disablement;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.HandOut;
import dev.cofferdam.policy.Job;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.policy.Served;
import dev.cofferdam.policy.Setting;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Jobs by the policy as it is now: read live when one is handed out, as the watch tells while it runs. */
public final class LiveJobs implements Jobs {
    private final KubernetesClient client;
    private final ClusterView view;
    private final ApiObjects objects;
    private final StatusFacts facts;
    private final InstantSource clock;
    private final Executor threads;
    private final Compilations compilations = new Compilations(Served.NOW);
    private final LastConnections last = new LastConnections();

    public LiveJobs(
            KubernetesClient client,
            ClusterView view,
            ApiObjects objects,
            StatusFacts facts,
            InstantSource clock,
            Executor threads) {
        this.client = client;
        this.view = view;
        this.objects = objects;
        this.facts = facts;
        this.clock = clock;
        this.threads = threads;
    }

    @Override
    public CompletionStage<HandOver> job(Claim claim) {
        return CompletableFuture.supplyAsync(() -> read(claim), threads)
                .exceptionally(failure -> new HandOver.Unavailable(String.valueOf(failure.getMessage())));
    }

    private HandOver read(Claim claim) {
        // What the watch told of the run names the pod, so it is no older than that; which is old, where the pod is
        // late.
        boolean late = view.pod(claim.podUid())
                .map(pod -> LateStart.is(pod, clock.instant()))
                .orElse(true);
        Optional<ToolRun> run;
        Optional<Halt> halt;
        try {
            run = late ? live(claim) : view.run(claim.runUid());
            halt = late ? halt(claim.namespace()) : view.halt(claim.namespace());
        } catch (KubernetesClientException e) {
            return new HandOver.Unavailable("reading the run: " + e.getMessage());
        }
        if (run.isEmpty() || isEnding(run.get())) {
            return new HandOver.Refused("the run is cancelled, deleted or over");
        }
        if (isGivenUp(run.get(), claim.podUid())) {
            return new HandOver.Refused("this attempt of the run has ended");
        }
        Optional<SandboxPolicy> policy;
        try {
            policy = objects.policy(client, claim.namespace(), claim.policy());
        } catch (KubernetesClientException e) {
            return new HandOver.Unavailable("reading the policy: " + e.getMessage());
        }
        policy.ifPresent(view::putRead);
        Setting setting;
        try {
            setting = setting(policy, () -> stage(claim.namespace()));
        } catch (KubernetesClientException e) {
            return new HandOver.Unavailable("reading the namespace: " + e.getMessage());
        }
        Ruling ruling = HandOut.job(
                setting, run.get().getStatus().effective(), run.get().getSpec());
        return switch (over(halt, claim, policy, ruling)) {
            case Ruling.Refused refused ->
                new HandOver.Refused(refused.reasons().stream()
                        .map(reason -> reason.code() + ": " + reason.message())
                        .collect(Collectors.joining("; ")));
            case Ruling.Granted granted
            when isOnceTooOften(run.get(), granted) ->
                new HandOver.Refused(
                        "this is not the first attempt, and the policy no longer calls the tool idempotent");
            case Ruling.Granted granted
            when !hasImage(claim, granted.tool().image()) ->
                new HandOver.Refused("the policy names another image for the tool than the pod has");
            case Ruling.Granted granted ->
                late ? onRecord(claim, run.get(), granted.job()) : new HandOver.Granted(granted.job());
        };
    }

    /** The controller may be about to end the run as one that never started: of its write and this one, the later is refused. */
    private HandOver onRecord(Claim claim, ToolRun run, Job job) {
        return switch (facts.handingOut(claim, run)) {
            case StatusFacts.Attempt.Again again ->
                new HandOver.Unavailable("putting on record that the job is handed out: " + again.detail());
            case StatusFacts.Attempt.Done done ->
                done.stored() instanceof FactsStore.Stored.Kept
                        ? new HandOver.Granted(job)
                        : new HandOver.Refused("that the job is handed out cannot be put on record: " + done.stored());
        };
    }

    private Optional<ToolRun> live(Claim claim) {
        return objects.run(client, claim.namespace(), claim.run())
                .filter(run -> run.getMetadata().getUid().equals(claim.runUid()));
    }

    private Optional<Halt> halt(String namespace) {
        Map<String, String> states = objects.stopped(client).stream()
                .collect(Collectors.toMap(
                        stopped -> stopped.getMetadata().getName(),
                        stopped -> stopped.getMetadata().getLabels().get(Names.STATE_LABEL)));
        return Halt.of(namespace, name -> Optional.ofNullable(states.get(name)));
    }

    @Override
    public Connections connections(Claim claim) {
        Optional<ToolRun> run =
                view.run(claim.runUid()).filter(known -> !isEnding(known) && !isGivenUp(known, claim.podUid()));
        Optional<SandboxPolicy> policy = view.policy(claim.namespace(), claim.policy());
        if (run.isEmpty() || policy.isEmpty()) {
            return Connections.none(List.of(new DecisionReason(
                    Reason.PolicyNotFound.name(), claim.policy(), "the run or its policy is over, or not known here")));
        }
        Optional<String> stage = view.stage(claim.namespace());
        Optional<Halt> halt = view.halt(claim.namespace());
        return last.of(
                claim.podUid(),
                new LastConnections.From(run.get(), policy.get(), stage, halt),
                () -> Connections.of(over(
                        halt,
                        claim,
                        policy,
                        HandOut.job(
                                setting(policy, () -> stage),
                                run.get().getStatus().effective(),
                                run.get().getSpec()))));
    }

    /** What is above the policy's own text: who stopped the namespace, or the tool. */
    private static Ruling over(Optional<Halt> halt, Claim claim, Optional<SandboxPolicy> policy, Ruling ruling) {
        return Halt.over(halt, Disablement.over(policy.flatMap(known -> Disablement.of(known, claim.tool())), ruling));
    }

    @Override
    public Optional<Reason> stop(Claim claim) {
        Optional<ToolRun> run = view.run(claim.runUid());
        if (run.isEmpty()) {
            return Optional.empty();
        }
        if (run.get().getMetadata().getDeletionTimestamp() != null) {
            return Optional.of(Reason.Deleted);
        }
        if (isOvertaken(run.get(), claim.podUid())) {
            return Optional.of(Reason.SupervisorLost);
        }
        return Halt.cancelled(
                RunStory.isCancelled(run.get().getSpec()),
                Halt.stops(view.halt(claim.namespace()), () -> revoked(claim, run.get())));
    }

    private Optional<Reason> revoked(Claim claim, ToolRun run) {
        Optional<SandboxPolicy> policy = view.policy(claim.namespace(), claim.policy());
        boolean known = policy.isPresent() || view.policyDeleted(claim.namespace(), claim.policy());
        return known
                ? Disablement.stops(
                        policy.flatMap(there -> Disablement.of(there, claim.tool())),
                        HandOut.revoked(
                                setting(policy, () -> view.stage(claim.namespace())),
                                run.getStatus().effective(),
                                run.getSpec()))
                : Optional.empty();
    }

    @Override
    public int told(Claim claim) {
        return view.run(claim.runUid())
                .map(run -> run.getStatus().execution())
                .filter(execution -> claim.podUid().equals(execution.podUID()) && execution.events() != null)
                .map(Execution::events)
                .orElse(0);
    }

    @Override
    public Set<Undecided> undecided() {
        return view.undecided();
    }

    /** Whether the attempt is lost for the controller, or another one was made: then its tool must not start any more. */
    private static boolean isGivenUp(ToolRun run, String podUid) {
        return IdentityRule.newest(run.getStatus())
                .filter(attempt -> podUid.equals(attempt.podUID()) && attempt.finishedAt() == null)
                .isEmpty();
    }

    /** Whether there is an attempt after it: one of a node that was cut off must not go on beside that. */
    private static boolean isOvertaken(ToolRun run, String podUid) {
        return IdentityRule.newest(run.getStatus())
                .filter(attempt -> !podUid.equals(attempt.podUID()))
                .isPresent();
    }

    /** Whether the policy, as it is now, no longer lets the tool run another time. */
    private static boolean isOnceTooOften(ToolRun run, Ruling.Granted granted) {
        return run.getStatus().attempts().size() > 1 && !granted.mayRunTwice();
    }

    private static boolean isEnding(ToolRun run) {
        return RunStory.isCancelled(run.getSpec()) || run.getMetadata().getDeletionTimestamp() != null;
    }

    private Setting setting(Optional<SandboxPolicy> policy, Supplier<Optional<String>> stage) {
        return Setting.of(policy.map(compilations::of), stage);
    }

    /** A label that is not known may only be late. What is read decides, also where the watch once saw it going. */
    private Optional<String> stage(String namespace) {
        return view.stage(namespace)
                .or(() -> objects.staged(client, namespace).map(staged -> {
                    view.putStagedRead(staged);
                    return ClusterView.stageOf(staged);
                }));
    }

    private boolean hasImage(Claim claim, String image) {
        return view.pod(claim.podUid())
                .map(Pod::getSpec)
                .map(spec -> spec.getContainers().stream()
                        .anyMatch(container ->
                                Names.CONTAINER.equals(container.getName()) && image.equals(container.getImage())))
                .orElse(false);
    }
}
