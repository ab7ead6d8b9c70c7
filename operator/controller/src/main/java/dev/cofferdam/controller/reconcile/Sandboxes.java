package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.Plan;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.controller.plan.NetworkPolicyPlan;
import dev.cofferdam.controller.plan.Ownership;
import dev.cofferdam.controller.plan.PodPlan;
import dev.cofferdam.controller.plan.PodShape;
import dev.cofferdam.controller.plan.SandboxSettings;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Makes and stops sandbox pods, and keeps their namespace's NetworkPolicy. */
final class Sandboxes {
    private static final Logger LOG = Logger.getLogger(Sandboxes.class);

    /** Until a pod that has ended is gone; that it is gone is told, too. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** Time for the supervisor to kill the tool and to send what it knows. */
    private static final long STOP_SECONDS = 5;

    private static final int UNPROCESSABLE = 422;

    /** Answers by which the API server refuses this pod for good; all others may pass. */
    private static final Set<Integer> REFUSALS =
            Set.of(HttpURLConnection.HTTP_BAD_REQUEST, HttpURLConnection.HTTP_FORBIDDEN, UNPROCESSABLE);

    private final KubernetesClient client;
    private final Caches caches;
    private final Supplier<SandboxSettings> settings;
    private final Observer observer;

    Sandboxes(KubernetesClient client, Caches caches, Supplier<SandboxSettings> settings, Observer observer) {
        this.client = client;
        this.caches = caches;
        this.settings = settings;
        this.observer = observer;
    }

    /** What {@link #make} would make; makes nothing. */
    Observation planned(ToolRun run, Ruling.Granted ruling) {
        Pod pod = PodPlan.plan(run, 1, ruling.tool().image(), ruling.effective(), settings.get());
        NetworkPolicy networkPolicy = NetworkPolicyPlan.plan(run.getMetadata().getNamespace());
        return new Observation.Planned(
                ruling, new Plan(Serialization.asYaml(pod), Serialization.asYaml(networkPolicy)));
    }

    /**
     * Makes the pod of an attempt, behind its NetworkPolicy; a pod of that name that is there counts only if it is this run's own, as planned, and may still be claimed.
     *
     * @param before how the attempt before ended; empty for the first
     */
    Observation make(
            ToolRun run,
            Ruling.Granted ruling,
            Effective effective,
            int attempt,
            Optional<Observation> before,
            Instant now) {
        guard(run.getMetadata().getNamespace());
        SandboxSettings current = settings.get();
        Pod planned = PodPlan.plan(run, attempt, ruling.tool().image(), effective, current);
        BiFunction<Reason, String, Observation> unmade = (reason, why) -> unmade(ruling, before, reason, why);
        Pod pod;
        try {
            pod = client.resource(planned).create();
        } catch (KubernetesClientException e) {
            if (refuses(e)) {
                return unmade.apply(
                        Reason.PodRefused,
                        "the API server refused the pod, so nothing ran in it: "
                                + e.getStatus().getMessage()
                                + "; change what it names in the namespace or in the policy, then create another ToolRun");
            }
            pod = e.getCode() == HttpURLConnection.HTTP_CONFLICT
                    ? client.resource(planned).get()
                    : null;
            if (pod == null) {
                throw e;
            }
            Optional<Observation> instead = instead(run, planned, pod, unmade, now);
            if (instead.isPresent()) {
                return instead.get();
            }
        }
        return new Observation.Made(
                ruling, attempt, pod.getMetadata().getName(), pod.getMetadata().getUid(), current.supervisorSource());
    }

    /** What comes instead of the claim of a pod that was there already; empty where it may be claimed. */
    private Optional<Observation> instead(
            ToolRun run, Pod planned, Pod there, BiFunction<Reason, String, Observation> unmade, Instant now) {
        String named = "the pod " + planned.getMetadata().getName();
        if (!Ownership.owns(run, there) || !PodShape.holds(planned, there)) {
            return Optional.of(
                    unmade.apply(
                            Reason.PodNameTaken,
                            named
                                    + " is there and is not as this run's pod must be: somebody else made it, or the policy changed meanwhile; it was not claimed"));
        }
        return switch (observer.unclaimed(there, now)) {
            case Fresh -> Optional.empty();
            case Spent -> {
                clear(run, there);
                yield Optional.of(new Observation.NotYet(now.plus(AGAIN)));
            }
            case Stuck ->
                Optional.of(
                        unmade.apply(
                                Reason.NodeLost,
                                named
                                        + " was not claimed in time, and no other can be made, because it does not go: its node may be lost; nothing ran in it"));
        };
    }

    /**
     * Takes a pod away that nobody has claimed, so that another can be made. Only while the API server has the run as it was seen: by then somebody may have claimed the pod, and
     * its tool would be what is taken away.
     */
    void clear(ToolRun run, Pod pod) {
        ToolRun there = client.resource(run).get();
        if (pod.getMetadata().getDeletionTimestamp() != null
                || there == null
                || !there.getMetadata()
                        .getResourceVersion()
                        .equals(run.getMetadata().getResourceVersion())) {
            return;
        }
        LOG.infof(
                "made anew, because it was not claimed in time, and nothing ran in it: the pod %s/%s",
                pod.getMetadata().getNamespace(), pod.getMetadata().getName());
        AsSeen.delete(client, pod);
    }

    /** Whether the API server will never take a pod as it is. */
    static boolean refuses(KubernetesClientException answer) {
        return REFUSALS.contains(answer.getCode());
    }

    /** A run that was never claimed ends unstarted; one that was ends as its last attempt did, and says why there is no other. */
    private static Observation unmade(
            Ruling.Granted ruling, Optional<Observation> before, Reason reason, String message) {
        return before.<Observation>map(end -> new Observation.NoMore(end, message))
                .orElseGet(() -> new Observation.NotStarted(ruling, reason, message));
    }

    /** Orders the kubelet to end a pod; the supervisor gets time to report. Does nothing where that was done. */
    void stop(Pod pod) {
        if (pod.getMetadata().getDeletionTimestamp() == null) {
            client.pods()
                    .inNamespace(pod.getMetadata().getNamespace())
                    .withName(pod.getMetadata().getName())
                    .withGracePeriod(STOP_SECONDS)
                    .delete();
        }
    }

    /** Removes a pod that was made for a run and never claimed. */
    void discard(ToolRun run, int attempt) {
        Pod pod = client.pods()
                .inNamespace(run.getMetadata().getNamespace())
                .withName(Names.podName(run.getMetadata().getUid(), attempt))
                .get();
        if (pod != null && Ownership.owns(run, pod)) {
            stop(pod);
        }
    }

    /** Makes the namespace's NetworkPolicy what it must be. */
    void guard(String namespace) {
        if (caches.networkPolicy(namespace).filter(NetworkPolicyPlan::holds).isPresent()) {
            return;
        }
        NetworkPolicy planned = NetworkPolicyPlan.plan(namespace);
        NetworkPolicy there = client.resource(planned).get();
        if (there == null) {
            create(planned);
        } else if (!NetworkPolicyPlan.holds(there)) {
            // Replaced whole, in the version that was seen: an apply would leave in what somebody added.
            client.resource(new NetworkPolicyBuilder(planned)
                            .editMetadata()
                            .withResourceVersion(there.getMetadata().getResourceVersion())
                            .endMetadata()
                            .build())
                    .update();
        }
    }

    void create(NetworkPolicy planned) {
        try {
            client.resource(planned).create();
        } catch (KubernetesClientException e) {
            // In a namespace that goes away nothing can be made, and so no pod that this one would have to guard.
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && !isGoingAway(e)) {
                throw e;
            }
        }
    }

    private static boolean isGoingAway(KubernetesClientException e) {
        return e.getCode() == HttpURLConnection.HTTP_FORBIDDEN
                && Optional.ofNullable(e.getStatus()).map(Status::getDetails).map(StatusDetails::getCauses).stream()
                        .flatMap(List::stream)
                        .anyMatch(cause -> "NamespaceTerminating".equals(cause.getReason()));
    }
}
