package dev.cofferdam.e2e;

import dev.cofferdam.api.v1alpha1.ToolRun;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.Set;

/** Collects each container of a pod that was seen started, as the pod's UID and the container's own identity, which another start of it would not share. */
record StartedPods(Set<String> starts) implements ResourceEventHandler<Pod> {
    /** How often a container of a run's started. Of pods that the run claimed: no other is given a job, and one that nobody claims in time is made anew. */
    static long of(Set<String> starts, ToolRun run) {
        return starts.stream()
                .filter(start -> run.getStatus().attempts().stream()
                        .anyMatch(attempt -> start.startsWith(attempt.podUID() + " ")))
                .count();
    }

    @Override
    public void onAdd(Pod pod) {
        look(pod);
    }

    @Override
    public void onUpdate(Pod before, Pod pod) {
        look(pod);
    }

    @Override
    public void onDelete(Pod pod, boolean finalStateUnknown) {
        look(pod);
    }

    private void look(Pod pod) {
        pod.getStatus().getContainerStatuses().stream()
                .filter(StartedPods::started)
                .forEach(container -> starts.add(pod.getMetadata().getUid() + " " + container.getContainerID()));
    }

    private static boolean started(ContainerStatus container) {
        return container.getContainerID() != null
                && !container.getContainerID().isEmpty()
                && (container.getState().getRunning() != null
                        || container.getState().getTerminated() != null);
    }
}
