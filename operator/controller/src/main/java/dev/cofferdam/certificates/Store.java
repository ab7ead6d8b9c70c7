package dev.cofferdam.certificates;

import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Map;
import java.util.Objects;

/**
 * The Secret and the ConfigMap as they were read. Writes replace exactly what was read: the API server refuses them with 409 when somebody else, such as a second
 * run of this command, has written in between.
 */
final class Store {
    private final KubernetesClient client;
    private final Secret secret;
    private final ConfigMap configMap;

    private Store(KubernetesClient client, Secret secret, ConfigMap configMap) {
        this.client = client;
        this.secret = secret;
        this.configMap = configMap;
    }

    /** @throws KubernetesClientException when one of the two does not exist: the manifests make them, and this command may not */
    static Store read(KubernetesClient client) {
        var secret = client.secrets()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(Names.GATEWAY_TLS_SECRET)
                .get();
        var configMap = client.configMaps()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(Names.GATEWAY_CA_CONFIG_MAP)
                .get();
        return new Store(
                client,
                required(secret, "Secret", Names.GATEWAY_TLS_SECRET),
                required(configMap, "ConfigMap", Names.GATEWAY_CA_CONFIG_MAP));
    }

    private static <T> T required(T object, String kind, String name) {
        if (object == null) {
            throw new KubernetesClientException("%s %s/%s does not exist; apply manifests/base, which makes it"
                    .formatted(kind, Names.SYSTEM_NAMESPACE, name));
        }
        return object;
    }

    Material material() {
        return SecretData.read(dataOf(secret.getData()), dataOf(configMap.getData()));
    }

    /**
     * Writes what has changed. The bundle goes first, so that whoever meets the new certificate can already know its authority.
     *
     * @return whether anything was written
     */
    boolean write(Material material) {
        var bundle = SecretData.ofConfigMap(material);
        var publish = !bundle.equals(dataOf(configMap.getData()));
        if (publish) {
            client.resource(new ConfigMapBuilder(configMap).withData(bundle).build())
                    .update();
        }
        var data = SecretData.ofSecret(material);
        var store = !data.equals(dataOf(secret.getData()));
        if (store) {
            client.resource(new SecretBuilder(secret).withData(data).build()).update();
        }
        return publish || store;
    }

    private static Map<String, String> dataOf(Map<String, String> data) {
        return Objects.requireNonNullElse(data, Map.of());
    }
}
