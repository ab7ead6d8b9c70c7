package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Writes statuses: by server-side apply, only the status, only onto the version that was read, never with force, and only while this replica may. */
final class StatusWriter {
    private static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(Names.CONTROLLER_FIELD_MANAGER)
            .withForce(false)
            .build();

    /** How long the API server is waited for with a claim. */
    private static final Duration CLAIM = Duration.ofSeconds(3);

    private final KubernetesClient client;
    private final KubernetesClient impatient;
    private final Term term;

    StatusWriter(KubernetesClient client, Term term) {
        this.client = client;
        this.term = term;
        this.impatient = ImpatientClient.of(client, CLAIM);
    }

    /** As {@link #apply}, but asks once: a claim is of a pod as it was a moment ago, and whoever tries for longer looks at the pod again before. */
    Optional<ToolRun> claim(ToolRun read, ToolRunStatus status) {
        return apply(impatient, read, status, ToolRun::new);
    }

    /**
     * Applies a status.
     *
     * @return what is stored now; empty where the object has changed, or is gone, since it was read: then read and reduce again
     */
    <S, T extends CustomResource<?, S>> Optional<T> apply(T read, S status, Supplier<T> empty) {
        return apply(client, read, status, empty);
    }

    private <S, T extends CustomResource<?, S>> Optional<T> apply(
            KubernetesClient client, T read, S status, Supplier<T> empty) {
        term.check();
        T fresh = empty.get();
        fresh.setMetadata(identity(read));
        fresh.setSpec(null);
        fresh.setStatus(status);
        try {
            return Optional.of(client.resource(fresh).subresource("status").patch(APPLY));
        } catch (KubernetesClientException e) {
            if (AsSeen.isOvertaken(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static ObjectMeta identity(HasMetadata read) {
        return new ObjectMetaBuilder()
                .withName(read.getMetadata().getName())
                .withNamespace(read.getMetadata().getNamespace())
                .withUid(read.getMetadata().getUid())
                .withResourceVersion(read.getMetadata().getResourceVersion())
                .build();
    }
}
