package dev.cofferdam.api.v1alpha1.schema;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * The real API server of {@code KUBECONFIG}, with the checked-in definitions under a group of their own: whatever version is installed there, and whoever
 * reconciles it, stays out of the tests.
 */
final class Server implements AutoCloseable {
    private final String suffix = UUID.randomUUID().toString().substring(0, 8);
    private final String group = "test-" + suffix + ".cofferdam.dev";
    private final String namespace = "cofferdam-crds-" + suffix;
    private final List<CustomResourceDefinition> installed = new ArrayList<>();
    private final KubernetesClient client;

    private Server(KubernetesClient client) {
        this.client = client;
    }

    static Server start() throws IOException {
        if (System.getenv("KUBECONFIG") == null) {
            throw new IllegalStateException(
                    "Tests of the tag 'cluster' need KUBECONFIG: a cluster where the definitions may be installed");
        }
        Server server = new Server(new KubernetesClientBuilder().build());
        try {
            server.install();
        } catch (RuntimeException | IOException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private void install() throws IOException {
        for (String name : Definitions.generate().keySet()) {
            String yaml = Files.readString(Path.of("yaml", name + ".yaml"));
            CustomResourceDefinition definition = Serialization.unmarshal(yaml, CustomResourceDefinition.class);
            definition.getSpec().setGroup(group);
            // They are the installed ones': kubectl warns everybody where two claim the same.
            definition.getSpec().getNames().setShortNames(List.of());
            definition.getMetadata().setName(definition.getSpec().getNames().getPlural() + "." + group);
            installed.add(client.resource(definition).create());
        }
        for (CustomResourceDefinition definition : installed) {
            client.resource(definition).waitUntilCondition(Server::established, 120, TimeUnit.SECONDS);
        }
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .endMetadata()
                        .build())
                .create();
        for (String kind : List.of("SandboxPolicy", "ToolRun")) {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .ignoreExceptions()
                    .until(() -> resources(kind).inNamespace(namespace).list() != null);
        }
    }

    /** A definition has no status at first, and then one without conditions. */
    private static boolean established(CustomResourceDefinition definition) {
        return Optional.ofNullable(definition)
                .map(CustomResourceDefinition::getStatus)
                .map(CustomResourceDefinitionStatus::getConditions)
                .orElse(List.of())
                .stream()
                .anyMatch(condition -> condition.getType().equals("Established")
                        && condition.getStatus().equals("True"));
    }

    MixedOperation<GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>>
            resources(String kind) {
        return client.genericKubernetesResources(new ResourceDefinitionContext.Builder()
                .withGroup(group)
                .withVersion("v1alpha1")
                .withKind(kind)
                .withPlural(kind.equals("ToolRun") ? "toolruns" : "sandboxpolicies")
                .withNamespaced(true)
                .build());
    }

    String namespace() {
        return namespace;
    }

    /** The object of a YAML text, ready to be sent. */
    GenericKubernetesResource parse(String yaml) {
        GenericKubernetesResource object = Serialization.unmarshal(yaml, GenericKubernetesResource.class);
        object.setApiVersion(group + "/v1alpha1");
        object.getMetadata().setNamespace(namespace);
        return object;
    }

    Resource<GenericKubernetesResource> handle(GenericKubernetesResource object) {
        return resources(object.getKind()).inNamespace(namespace).resource(object);
    }

    @Override
    public void close() {
        try {
            client.namespaces().withName(namespace).delete();
            installed.forEach(definition -> client.resource(definition).delete());
        } finally {
            client.close();
        }
    }
}
