package dev.cofferdam.controller.plan;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import java.util.Optional;

/** What marks an object as ours, and as this run's. */
public final class Ownership {
    private Ownership() {}

    static Map<String, String> labels(ToolRun run) {
        return Map.of(
                Names.MANAGED_BY_LABEL,
                Names.MANAGED_BY,
                Names.PART_OF_LABEL,
                Names.PART_OF,
                Names.POLICY_LABEL,
                run.getSpec().policyRef().name(),
                Names.RUN_LABEL,
                run.getMetadata().getName());
    }

    static OwnerReference reference(ToolRun run) {
        return new OwnerReferenceBuilder()
                .withApiVersion(run.getApiVersion())
                .withKind(run.getKind())
                .withName(run.getMetadata().getName())
                .withUid(run.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(false)
                .build();
    }

    /** Whether this run, and not one of the same name before it, is the object's controller. */
    public static boolean owns(ToolRun run, HasMetadata object) {
        return object.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> Boolean.TRUE.equals(owner.getController())
                        && owner.getUid().equals(run.getMetadata().getUid())
                        && owner.getKind().equals(run.getKind()));
    }

    /** Name of the run that a pod of ours is of; empty where a pod has our label and is not one that we make. */
    public static Optional<String> runOf(Pod pod) {
        return Optional.of(pod.getMetadata())
                .filter(metadata -> metadata.getName().startsWith(Names.POD_PREFIX) && metadata.getLabels() != null)
                .map(metadata -> metadata.getLabels().get(Names.RUN_LABEL))
                .filter(name -> !name.isEmpty());
    }
}
