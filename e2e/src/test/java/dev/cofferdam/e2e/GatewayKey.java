package dev.cofferdam.e2e;

import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/** A key of a ConfigMap or a Secret that the gateway has mounted, beside those of others, for as long as a test. */
final class GatewayKey implements AutoCloseable {
    private final String manager = "e2e-" + UUID.randomUUID();
    private final KubernetesClient client;
    private final Function<Map<String, String>, HasMetadata> object;

    private GatewayKey(KubernetesClient client, Function<Map<String, String>, HasMetadata> object) {
        this.client = client;
        this.object = object;
    }

    static GatewayKey config(Tenant tenant, String name, String key, String text) {
        return new GatewayKey(
                        tenant.client(),
                        data -> new ConfigMapBuilder()
                                .withMetadata(named(name))
                                .withData(data)
                                .build())
                .has(Map.of(key, text));
    }

    static GatewayKey secret(Tenant tenant, String name, String key, String text) {
        String data = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
        return new GatewayKey(
                        tenant.client(),
                        keys -> new SecretBuilder()
                                .withMetadata(named(name))
                                .withData(keys)
                                .build())
                .has(Map.of(key, data));
    }

    private static ObjectMeta named(String name) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(Names.SYSTEM_NAMESPACE)
                .build();
    }

    /** What it had and has no longer is taken away, and nothing of anybody else. */
    private GatewayKey has(Map<String, String> data) {
        client.resource(object.apply(data)).fieldManager(manager).serverSideApply();
        return this;
    }

    @Override
    public void close() {
        has(Map.of());
    }
}
