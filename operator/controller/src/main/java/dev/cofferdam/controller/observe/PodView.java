package dev.cofferdam.controller.observe;

import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The parts of a pod that say how its run goes. What is absent is empty; nothing here is null. */
record PodView(Pod pod) {
    private PodStatus status() {
        return pod.getStatus() == null ? new PodStatus() : pod.getStatus();
    }

    Instant created() {
        return Instant.parse(pod.getMetadata().getCreationTimestamp());
    }

    /** Its own deadline, from its acceptance. Ours always have one. */
    long deadlineSeconds() {
        return Optional.ofNullable(pod.getSpec())
                .map(PodSpec::getActiveDeadlineSeconds)
                .orElse(0L);
    }

    /** When the kubelet accepted it: by its own clock, but never before it was given the pod, which is by the control plane's. */
    Optional<Instant> accepted() {
        return time(status().getStartTime())
                .map(at -> scheduled().filter(at::isBefore).orElse(at));
    }

    Optional<Instant> scheduled() {
        return condition("PodScheduled")
                .filter(c -> "True".equals(c.getStatus()))
                .flatMap(c -> time(c.getLastTransitionTime()));
    }

    Optional<Instant> deleted() {
        return time(pod.getMetadata().getDeletionTimestamp());
    }

    /** The kubelet's word on the whole pod, such as {@code Evicted}. */
    String reason() {
        return text(status().getReason());
    }

    String message() {
        return text(status().getMessage());
    }

    boolean failed() {
        return "Failed".equals(status().getPhase());
    }

    /** Whether nothing says that the pod has ended, or is to end. */
    boolean goesOn() {
        return deleted().isEmpty() && reason().isEmpty() && terminated().isEmpty() && !ended();
    }

    boolean ended() {
        return failed() || "Succeeded".equals(status().getPhase());
    }

    /** Whether it was taken away by the node, or by Kubernetes. */
    boolean evicted() {
        return reason().equals(Reason.Evicted.name()) || disrupted();
    }

    /** Whether Kubernetes itself took the pod away: the scheduler, the node's shutdown, the taint manager, the collector of pods whose node is gone. */
    boolean disrupted() {
        return disruption().isPresent();
    }

    Optional<PodCondition> disruption() {
        return condition("DisruptionTarget").filter(c -> "True".equals(c.getStatus()));
    }

    /** When the last word on it came, by the API server's clock: from a busy node that is long after what it tells of. */
    Optional<Instant> heard() {
        return pod.getMetadata().getManagedFields().stream()
                .filter(entry -> "status".equals(entry.getSubresource()))
                .flatMap(entry -> time(entry.getTime()).stream())
                .max(Comparator.naturalOrder());
    }

    Optional<Instant> started() {
        return tool().map(ContainerStatus::getState)
                .map(ContainerState::getRunning)
                .flatMap(running -> time(running.getStartedAt()));
    }

    /** The end of the tool's container, or of an init container that failed. */
    Optional<ContainerStateTerminated> terminated() {
        Optional<ContainerStateTerminated> ofTool =
                tool().map(ContainerStatus::getState).map(ContainerState::getTerminated);
        return ofTool.isPresent() ? ofTool : initFailure();
    }

    /** The kubelet's word that memory ran out. The reason, not the code: that differs from runtime to runtime. */
    boolean outOfMemory() {
        return terminated().filter(end -> "OOMKilled".equals(end.getReason())).isPresent();
    }

    Optional<ContainerStateTerminated> initFailure() {
        return status().getInitContainerStatuses().stream()
                .map(ContainerStatus::getState)
                .flatMap(state -> Optional.ofNullable(state).map(ContainerState::getTerminated).stream())
                .filter(terminated -> terminated.getExitCode() != null && terminated.getExitCode() != 0)
                .findFirst();
    }

    /** Why a container waits, where the kubelet gives a reason. */
    Optional<ContainerStateWaiting> waiting() {
        return Stream.of(status().getInitContainerStatuses(), status().getContainerStatuses())
                .flatMap(List::stream)
                .map(ContainerStatus::getState)
                .flatMap(state -> Optional.ofNullable(state).map(ContainerState::getWaiting).stream())
                .filter(waiting ->
                        waiting.getReason() != null && !waiting.getReason().equals("PodInitializing"))
                .findFirst();
    }

    /** Whether its workspace begins with a volume. */
    boolean hasVolume() {
        return pod.getSpec().getVolumes().stream().anyMatch(volume -> volume.getPersistentVolumeClaim() != null);
    }

    /**
     * Whether no node is found because its claim is missing or not bound: the scheduler says so in prose alone, and room for a pod comes sooner or later where a claim
     * does not. What it says of volumes on nodes is another matter: the node that has the volume may be full.
     */
    boolean waitsForVolume() {
        return scheduled().isEmpty()
                && hasVolume()
                && unschedulable().toLowerCase(Locale.ROOT).contains("persistentvolumeclaim");
    }

    /** Whether nobody has said that a node has it. */
    boolean mayBeUnbound() {
        return accepted().isEmpty() && scheduled().isEmpty();
    }

    /** Whether the scheduler says that no node has it: no kubelet has ever heard of it then. */
    boolean unbound() {
        return accepted().isEmpty()
                && condition("PodScheduled")
                        .filter(c -> "False".equals(c.getStatus()))
                        .isPresent();
    }

    /** The scheduler's word, while no node was found. It says of a claim twice that it is not found. */
    String unschedulable() {
        return condition("PodScheduled")
                .map(PodCondition::getMessage)
                .map(PodView::text)
                .orElse("")
                .replace("not found. not found", "not found");
    }

    /** Whether the tool's container started, as far as the kubelet has said. */
    Observation.Started begun() {
        if (started().isPresent()) {
            return Observation.Started.Yes;
        }
        Optional<ContainerStateTerminated> end =
                tool().map(ContainerStatus::getState).map(ContainerState::getTerminated);
        if (end.isPresent()) {
            return neverStarted(end.get()) ? Observation.Started.No : Observation.Started.Yes;
        }
        // Without a status of the container the kubelet has either refused the pod, or not yet spoken.
        boolean knows = unbound()
                || initFailure().isPresent()
                || !givenUp() && (waiting().isPresent() || failed() && tool().isEmpty());
        return knows ? Observation.Started.No : Observation.Started.NotKnown;
    }

    /**
     * Whether it was called failed by whoever takes away the pods of nodes that are gone. Whether they have started, of which the kubelet could tell nobody, that one does not know: what the pod
     * says of its containers is as old as the kubelet's last word. The kubelet itself always gives a reason.
     */
    private boolean givenUp() {
        return failed() && (reason().isEmpty() || reason().equals(Reason.NodeLost.name()));
    }

    static boolean neverStarted(ContainerStateTerminated end) {
        return "StartError".equals(end.getReason()) || "ContainerCannotRun".equals(end.getReason());
    }

    /** The digest of the tool's image, without the scheme that some runtimes put before it. */
    String imageId() {
        return tool().map(ContainerStatus::getImageID)
                .map(id -> id.substring(id.indexOf("://") < 0 ? 0 : id.indexOf("://") + 3))
                .orElse("");
    }

    private Optional<ContainerStatus> tool() {
        return status().getContainerStatuses().stream()
                .filter(container -> Names.CONTAINER.equals(container.getName()))
                .findFirst();
    }

    private Optional<PodCondition> condition(String type) {
        return status().getConditions().stream()
                .filter(c -> type.equals(c.getType()))
                .findFirst();
    }

    static Optional<Instant> time(String text) {
        return text == null || text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
    }

    private static String text(String text) {
        return text == null ? "" : text;
    }
}
