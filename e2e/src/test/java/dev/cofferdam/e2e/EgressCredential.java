package dev.cofferdam.e2e;

import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A credential that the admin gives to the gateway and declares, beside those of others, for as long as a test. */
final class EgressCredential implements AutoCloseable {
    private static final String NAME = "cofferdam-egress-credentials";
    private static final String KEY = "credentials.yaml";
    private static final String HEAD = "credentials:\n";
    private static final int CONFLICT = 409;

    private final KubernetesClient client;
    private final String name;
    private final String declaration;

    private EgressCredential(KubernetesClient client, String name, String declaration) {
        this.client = client;
        this.name = name;
        this.declaration = declaration;
    }

    /** @param name unlike all others */
    static EgressCredential in(Tenant tenant, String name, String place, String value) {
        EgressCredential credential = new EgressCredential(
                tenant.client(),
                name,
                "- {name: %s, namespaces: [%s], hosts: ['%s'], prefix: 'Bearer '}\n"
                        .formatted(name, tenant.namespace(), place));
        credential.again(() -> credential.give(value));
        credential.again(() -> credential.declare("", credential.declaration));
        return credential;
    }

    private void again(Runnable step) {
        while (true) {
            try {
                step.run();
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() != CONFLICT) {
                    throw e;
                }
            }
        }
    }

    /** @param value null for none */
    private void give(String value) {
        Secret known = client.secrets()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(NAME)
                .get();
        SecretBuilder next = known == null
                ? new SecretBuilder()
                        .withNewMetadata()
                        .withName(NAME)
                        .withNamespace(Names.SYSTEM_NAMESPACE)
                        .endMetadata()
                : new SecretBuilder(known);
        if (value == null) {
            next.removeFromData(name);
        } else {
            next.addToData(name, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.US_ASCII)));
        }
        if (known == null) {
            client.resource(next.build()).create();
        } else {
            client.resource(next.build()).update();
        }
    }

    private void declare(String without, String with) {
        ConfigMap known = client.configMaps()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(NAME)
                .get();
        ConfigMapBuilder next = known == null
                ? new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName(NAME)
                        .withNamespace(Names.SYSTEM_NAMESPACE)
                        .endMetadata()
                : new ConfigMapBuilder(known);
        String before =
                known == null ? HEAD : known.getData().getOrDefault(KEY, HEAD).replace("credentials: []\n", HEAD);
        String list = before.replace(without, "") + with;
        next.addToData(KEY, list.equals(HEAD) ? "credentials: []\n" : list);
        if (known == null) {
            client.resource(next.build()).create();
        } else {
            client.resource(next.build()).update();
        }
    }

    @Override
    public void close() {
        again(() -> declare(declaration, ""));
        again(() -> give(null));
    }
}
