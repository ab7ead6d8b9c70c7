package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.Plan;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.plan.NetworkPolicyPlan;
import dev.cofferdam.controller.plan.Ownership;
import dev.cofferdam.controller.plan.PodPlan;
import dev.cofferdam.controller.plan.PodShape;
import dev.cofferdam.controller.plan.SandboxSettings;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Makes and stops sandbox pods, and keeps their namespace's NetworkPolicy. */
final class Sandboxes {
    /** Time for the supervisor to kill the tool and to send what it knows. */
    private static final long STOP_SECONDS = 5;

    private static final int UNPROCESSABLE = 422;

    /** Answers by which the API server refuses this pod for good; all others may pass. */
    private static final Set<Integer> REFUSALS =
            Set.of(HttpURLConnection.HTTP_BAD_REQUEST, HttpURLConnection.HTTP_FORBIDDEN, UNPROCESSABLE);

    private final KubernetesClient client;
    private final Caches caches;
    private final Supplier<SandboxSettings> settings;

    Sandboxes(KubernetesClient client, Caches caches, Supplier<SandboxSettings> settings) {
        this.client = client;
        this.caches = caches;
        this.settings = settings;
    }

    /** What {@link #make} would make; makes nothing. */
    Observation planned(ToolRun run, Ruling.Granted ruling) {
        Pod pod = PodPlan.plan(run, 1, ruling.tool().image(), ruling.effective(), settings.get());
        NetworkPolicy networkPolicy = NetworkPolicyPlan.plan(run.getMetadata().getNamespace());
        return new Observation.Planned(
                ruling, new Plan(Serialization.asYaml(pod), Serialization.asYaml(networkPolicy)));
    }

    /** Makes the pod of an attempt, behind its NetworkPolicy; a pod of that name that is there counts only if it is this run's own, and as planned.
     *
     * @param before how the attempt before ended; empty for the first
     */
    Observation make(
            ToolRun run, Ruling.Granted ruling, Effective effective, int attempt, Optional<Observation> before) {
        guard(run.getMetadata().getNamespace());
        SandboxSettings current = settings.get();
        Pod planned = PodPlan.plan(run, attempt, ruling.tool().image(), effective, current);
        Pod pod;
        try {
            pod = client.resource(planned).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                pod = client.resource(planned).get();
                if (pod == null) {
                    throw e;
                }
                if (!Ownership.owns(run, pod) || !PodShape.holds(planned, pod)) {
                    return unmade(
                            ruling,
                            before,
                            Reason.PodNameTaken,
                            "the pod " + planned.getMetadata().getName()
                                    + " is there and is not as this run's pod must be: somebody else made it, or the policy changed meanwhile; it was not claimed");
                }
            } else if (refuses(e)) {
                return unmade(
                        ruling,
                        before,
                        Reason.PodRefused,
                        "the API server refused the pod: " + e.getStatus().getMessage());
            } else {
                throw e;
            }
        }
        return new Observation.Made(
                ruling, attempt, pod.getMetadata().getName(), pod.getMetadata().getUid(), current.supervisorSource());
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

    private void create(NetworkPolicy planned) {
        try {
            client.resource(planned).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }
}
