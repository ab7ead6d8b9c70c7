package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Commitment;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.observe.CommitCourse;
import dev.cofferdam.controller.observe.CommitStep;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.plan.CommitterPlan;
import dev.cofferdam.controller.plan.Ownership;
import dev.cofferdam.controller.plan.PodShape;
import dev.cofferdam.controller.plan.SandboxSettings;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** Takes the changes of a run that has ended into its volume, or to the reason why not. Makes and removes the pods that do it. */
final class Committers {
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final String COMPONENT = "app.kubernetes.io/name";
    private static final int REPLICAS_MOST = 16;

    private final KubernetesClient client;
    private final Resolver resolver;
    private final Sandboxes sandboxes;
    private final Supplier<SandboxSettings> settings;
    private final IdlePods idle = new IdlePods();

    Committers(KubernetesClient client, Resolver resolver, Sandboxes sandboxes, Supplier<SandboxSettings> settings) {
        this.client = client;
        this.resolver = resolver;
        this.sandboxes = sandboxes;
        this.settings = settings;
    }

    /** Does what is next for the changes of a run that has ended, and says what became of them. */
    Observation follow(ToolRun run, String imageId, Instant now) {
        Optional<Pod> pod = run.getStatus().commit() == null ? Optional.empty() : resolver.committer(run);
        pod.ifPresent(there -> idle.saw(there, CommitCourse.hasStarted(there), now));
        Optional<Instant> last = Optional.ofNullable(run.getStatus().commit())
                .map(Commitment::podUID)
                .flatMap(idle::lastSeen);
        return switch (CommitCourse.next(run, () -> resolver.commitGrant(run), pod, last, now)) {
            case CommitStep.Hold hold -> new Observation.Held(hold.reason(), hold.message(), hold.again(), imageId);
            case CommitStep.Begin begin -> make(run, begin.commit(), imageId, now);
            case CommitStep.Follow follow -> committing(follow.again(), imageId);
            case CommitStep.Replace replace -> {
                pod.ifPresent(this::remove);
                yield committing(now.plus(AGAIN), imageId);
            }
            case CommitStep.Decided decided -> new Observation.Committed(decided, imageId);
        };
    }

    private static Observation committing(Instant again, String imageId) {
        return new Observation.Held(
                Reason.Committing, "a pod of Cofferdam writes the changes into the volume", again, imageId);
    }

    /** One that is there counts only as it would be made now; it was given nothing so far, so another goes. */
    private Observation make(ToolRun run, Commitment commit, String imageId, Instant now) {
        List<String> gateways = gateways();
        if (gateways.isEmpty()) {
            return committing(now.plus(AGAIN), imageId);
        }
        sandboxes.guard(run.getMetadata().getNamespace());
        Pod planned = CommitterPlan.plan(run, commit, gateways, settings.get());
        Pod pod;
        try {
            pod = client.resource(planned).create();
        } catch (KubernetesClientException e) {
            if (Sandboxes.refuses(e)) {
                return new Observation.Held(
                        Reason.PodRefused,
                        "the API server refuses the pod that would write the changes: "
                                + e.getStatus().getMessage(),
                        now.plus(Duration.ofMinutes(1)),
                        imageId);
            }
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            pod = client.resource(planned).get();
            if (pod == null || pod.getMetadata().getDeletionTimestamp() != null) {
                return committing(now.plus(AGAIN), imageId);
            }
            if (!Ownership.owns(run, pod) || !PodShape.holds(planned, pod)) {
                remove(pod);
                return committing(now.plus(AGAIN), imageId);
            }
        }
        return new Observation.CommitBegun(
                new Commitment(
                        commit.digest(),
                        commit.approvedBy(),
                        commit.startedAt(),
                        commit.number(),
                        pod.getMetadata().getName(),
                        pod.getMetadata().getUid(),
                        commit.storage(),
                        commit.storageDenied(),
                        commit.paths()),
                imageId);
    }

    /** With all the time that it is given: it finishes what it has begun to write. */
    private void remove(Pod pod) {
        if (pod.getMetadata().getDeletionTimestamp() == null) {
            AsSeen.delete(client, pod);
        }
    }

    /** Every replica that may keep the contents, ready or not: one that does not answer is asked again, and only one that answers no is believed. */
    private List<String> gateways() {
        return client
                .pods()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withLabel(COMPONENT, Names.GATEWAY)
                .list()
                .getItems()
                .stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null
                        && pod.getStatus() != null
                        && "Running".equals(pod.getStatus().getPhase()))
                .map(pod -> pod.getStatus().getPodIP())
                .filter(Objects::nonNull)
                .sorted()
                .limit(REPLICAS_MOST)
                .map(ip -> (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + Names.CHANNEL_PORT)
                .toList();
    }
}
