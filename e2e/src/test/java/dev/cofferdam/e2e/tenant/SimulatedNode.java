package dev.cofferdam.e2e.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import io.fabric8.kubernetes.api.model.node.v1.Scheduling;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A Node object with nothing behind it, and a runtime class whose pods go there: what its kubelet says of pods, the test says. That it is ready is said until it is removed. */
public final class SimulatedNode implements AutoCloseable {
    /** By which the class finds its nodes. The value is the tenant's namespace, so that nobody else's pods go there. */
    private static final String PLACE = "e2e.cofferdam.dev/place";

    /** For kubectl: only nodes that are none of these. */
    public static final String NONE = "--selector=!" + PLACE;

    private static final String GVISOR = "gvisor";

    /** A fifth of what the control plane lets a kubelet be silent. */
    private static final int HEARTBEAT_SECONDS = 10;

    private static final Map<String, Quantity> ROOM = Map.of(
            "cpu", new Quantity("8"),
            "memory", new Quantity("16Gi"),
            "ephemeral-storage", new Quantity("16Gi"),
            "pods", new Quantity("10"));

    private final KubernetesClient client;
    private final String place;
    private final Node node;
    private final RuntimeClass runtimeClass;
    private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());

    private SimulatedNode(Tenant tenant) {
        client = tenant.client();
        place = tenant.namespace();
        RuntimeClass real =
                client.resources(RuntimeClass.class).withName(GVISOR).get();
        runtimeClass = client.resource(new RuntimeClassBuilder(real)
                        .withNewMetadata()
                        .withName(GVISOR + "-" + place)
                        .endMetadata()
                        .editOrNewScheduling()
                        .addToNodeSelector(PLACE, place)
                        .addNewToleration("NoSchedule", PLACE, "Exists", null, null)
                        .endScheduling()
                        .build())
                .create();
        node = client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName("simulated-" + place)
                        .addToLabels(PLACE, place)
                        .addToLabels("kubernetes.io/os", "linux")
                        .addToLabels(labelsOf(real))
                        .endMetadata()
                        .withNewSpec()
                        .addNewTaint()
                        .withKey(PLACE)
                        .withEffect("NoSchedule")
                        .endTaint()
                        .endSpec()
                        .withNewStatus()
                        .withCapacity(ROOM)
                        .withAllocatable(ROOM)
                        .addToConditions(ready())
                        .endStatus()
                        .build())
                .create();
        heart.scheduleAtFixedRate(this::beat, HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
    }

    private static Map<String, String> labelsOf(RuntimeClass real) {
        return Optional.ofNullable(real.getScheduling())
                .map(Scheduling::getNodeSelector)
                .orElse(Map.of());
    }

    private static NodeCondition ready() {
        return new NodeConditionBuilder()
                .withType("Ready")
                .withStatus("True")
                .withReason("Simulated")
                .withLastHeartbeatTime(second())
                .withLastTransitionTime(second())
                .build();
    }

    /** The last one fails, where the node is gone, and none follows it. */
    private void beat() {
        client.nodes()
                .withName(node.getMetadata().getName())
                .editStatus(found -> new NodeBuilder(found)
                        .editStatus()
                        .withConditions(ready())
                        .endStatus()
                        .build());
    }

    public static SimulatedNode of(Tenant tenant) {
        return new SimulatedNode(tenant);
    }

    /** Its pods go here, and to no other node. */
    public String runtimeClass() {
        return runtimeClass.getMetadata().getName();
    }

    /** The pod of a run, when it was bound to this node. */
    public Pod pod(ToolRun run) {
        return await().atMost(Tenant.PATIENCE)
                .until(
                        () -> tenantsPod(run),
                        pod -> pod != null
                                && node.getMetadata()
                                        .getName()
                                        .equals(pod.getSpec().getNodeName()));
    }

    private Pod tenantsPod(ToolRun run) {
        return client.pods().inNamespace(place).list().getItems().stream()
                .filter(pod -> pod.getMetadata()
                        .getName()
                        .startsWith("cofferdam-" + run.getMetadata().getUid()))
                .findFirst()
                .orElse(null);
    }

    /** It goes for good, as when somebody takes a broken machine out of the cluster. Its pods are collected a minute or so later. */
    public void remove() {
        heart.shutdown();
        client.resource(node).delete();
    }

    /** From now on the pods of the class go to the nodes that are there. */
    public void openElsewhere() {
        client.nodes().list().getItems().forEach(there -> label(there, place));
    }

    private void label(Node there, String value) {
        client.nodes()
                .withName(there.getMetadata().getName())
                .edit(found -> new NodeBuilder(found)
                        .editMetadata()
                        .removeFromLabels(PLACE)
                        .addToLabels(value == null ? Map.of() : Map.of(PLACE, value))
                        .endMetadata()
                        .build());
    }

    /** Says as the pod's node that its container runs. */
    public static void started(Pod pod) {
        says(pod, "Running", "\"running\": {\"startedAt\": \"" + second() + "\"}");
    }

    /** Says as the pod's node that its container has ended well. */
    public static void succeeded(Pod pod) {
        says(pod, "Succeeded", "\"running\": null, \"terminated\": {\"exitCode\": 0, \"reason\": \"Completed\"}");
    }

    /** Admission lets only the pod's node say it. */
    private static void says(Pod pod, String phase, String state) {
        Caller.Answer answer = Caller.node(pod.getSpec().getNodeName())
                .send(
                        "PATCH",
                        "/api/v1/namespaces/" + pod.getMetadata().getNamespace() + "/pods/"
                                + pod.getMetadata().getName() + "/status",
                        "application/strategic-merge-patch+json",
                        """
                        {"status": {"phase": "%s", "startTime": "%2$s", "podIP": "10.245.0.1", "podIPs": [{"ip": "10.245.0.1"}], "containerStatuses": [
                          {"name": "%3$s", "image": "simulated", "imageID": "sha256:%4$064d", "ready": false, "restartCount": 0, "state": {%5$s}}]}}
                        """.formatted(phase, second(), Names.CONTAINER, 0, state));
        assertThat(answer.code()).as(answer.body()).isEqualTo(200);
    }

    private static String second() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    @Override
    public void close() {
        remove();
        client.nodes().withLabel(PLACE, place).list().getItems().forEach(there -> label(there, null));
        client.resource(runtimeClass).delete();
    }
}
