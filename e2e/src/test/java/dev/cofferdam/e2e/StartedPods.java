package dev.cofferdam.e2e;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.Set;

/** Collects the names of pods whose container was seen started. */
record StartedPods(Set<String> names) implements ResourceEventHandler<Pod> {
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
        if (pod.getStatus().getContainerStatuses().stream().anyMatch(StartedPods::started)) {
            names.add(pod.getMetadata().getName());
        }
    }

    private static boolean started(ContainerStatus container) {
        return container.getState().getRunning() != null || container.getState().getTerminated() != null;
    }
}
