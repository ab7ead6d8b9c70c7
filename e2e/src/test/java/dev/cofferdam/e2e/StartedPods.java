package dev.cofferdam.e2e;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.Set;

/** Collects each container of a pod that was seen started, as the pod's name and the container's own identity, which another start of it would not share. */
record StartedPods(Set<String> starts) implements ResourceEventHandler<Pod> {
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
                .forEach(container -> starts.add(pod.getMetadata().getName() + " " + container.getContainerID()));
    }

    private static boolean started(ContainerStatus container) {
        return container.getContainerID() != null
                && !container.getContainerID().isEmpty()
                && (container.getState().getRunning() != null
                        || container.getState().getTerminated() != null);
    }
}
