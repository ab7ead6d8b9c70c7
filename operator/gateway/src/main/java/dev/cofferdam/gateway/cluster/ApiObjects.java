package dev.cofferdam.gateway.cluster;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.api.v1alpha1.Api;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Quoted;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Objects of our kinds, read in two steps: as plain trees, which nothing in them can make fail, and then as records. An object that does not fit the records
 * is none; it stops no watch.
 */
public final class ApiObjects {
    private static final Logger LOG = Logger.getLogger(ApiObjects.class);
    private static final int FAILURE_SHOWN_MOST = 300;

    static final ResourceDefinitionContext RUNS = context(ToolRun.class);
    static final ResourceDefinitionContext POLICIES = context(SandboxPolicy.class);

    private final JsonMapper json = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    Optional<ToolRun> run(GenericKubernetesResource tree) {
        return read(tree, ToolRun.class)
                .filter(run -> run.getSpec() != null && run.getSpec().policyRef() != null);
    }

    Optional<SandboxPolicy> policy(GenericKubernetesResource tree) {
        return read(tree, SandboxPolicy.class);
    }

    /** A policy of which only its name is of use. */
    static SandboxPolicy unreadable(GenericKubernetesResource tree) {
        SandboxPolicy policy = new SandboxPolicy();
        policy.setMetadata(tree.getMetadata());
        return policy;
    }

    /** A live read. */
    Optional<SandboxPolicy> policy(KubernetesClient client, String namespace, String name) {
        return Optional.ofNullable(client.genericKubernetesResources(POLICIES)
                        .inNamespace(namespace)
                        .withName(name)
                        .get())
                .flatMap(this::policy);
    }

    /** A live read. */
    Optional<ToolRun> run(KubernetesClient client, String namespace, String name) {
        return Optional.ofNullable(client.genericKubernetesResources(RUNS)
                        .inNamespace(namespace)
                        .withName(name)
                        .get())
                .flatMap(this::run);
    }

    /** A live read of a namespace; empty where it has no stage. */
    Optional<Namespace> staged(KubernetesClient client, String name) {
        return client
                .namespaces()
                .withField("metadata.name", name)
                .withLabel(Names.STAGE_LABEL)
                .list()
                .getItems()
                .stream()
                .findFirst();
    }

    /** A live read of all namespaces that are stopped: seldom any. */
    List<Namespace> stopped(KubernetesClient client) {
        return client.namespaces().withLabel(Names.STATE_LABEL).list().getItems();
    }

    private <T> Optional<T> read(GenericKubernetesResource tree, Class<T> type) {
        try {
            return Optional.of(json.convertValue(tree, type));
        } catch (IllegalArgumentException e) {
            LOG.warnf(
                    "left out an object that cannot be read: %s %s/%s: %s",
                    tree.getKind(),
                    tree.getMetadata().getNamespace(),
                    tree.getMetadata().getName(),
                    Quoted.of(e.getMessage(), FAILURE_SHOWN_MOST));
            return Optional.empty();
        }
    }

    private static ResourceDefinitionContext context(Class<? extends HasMetadata> type) {
        return new ResourceDefinitionContext.Builder()
                .withGroup(Api.GROUP)
                .withVersion(Api.VERSION)
                .withKind(HasMetadata.getKind(type))
                .withPlural(HasMetadata.getPlural(type))
                .withNamespaced(true)
                .build();
    }
}
