package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.UUID;

/**
 * An authority of servers that the admin has the gateway trust, beside those of others, for as long as a test. It is there a moment after this returns: the first
 * attempt must be a patient one.
 */
final class ServerTrust implements AutoCloseable {
    private static final String CONFIG_MAP = "cofferdam-egress-trust";
    private static final String KEY = "ca.crt";
    private static final int CONFLICT = 409;

    private final KubernetesClient client;
    private final String authority;

    private ServerTrust(KubernetesClient client, String authority) {
        this.client = client;
        this.authority = authority;
    }

    static ServerTrust in(Tenant tenant, String authority) {
        ServerTrust trust = new ServerTrust(tenant.client(), authority);
        trust.change("", authority);
        // The kubelet looks at once at the volumes of a pod that changes.
        Kubectl.Answer looked = Kubectl.kubectl(
                "--namespace=" + Names.SYSTEM_NAMESPACE,
                "annotate",
                "--overwrite",
                "pod",
                "--selector=app.kubernetes.io/name=" + Names.GATEWAY,
                "example.com/look-at=" + UUID.randomUUID());
        assertThat(looked.exitCode()).as(looked.text()).isZero();
        return trust;
    }

    private void change(String without, String with) {
        while (true) {
            try {
                ConfigMap known = client.configMaps()
                        .inNamespace(Names.SYSTEM_NAMESPACE)
                        .withName(CONFIG_MAP)
                        .get();
                String before = known == null ? "" : known.getData().getOrDefault(KEY, "");
                ConfigMap next = new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName(CONFIG_MAP)
                        .withNamespace(Names.SYSTEM_NAMESPACE)
                        .withResourceVersion(
                                known == null ? null : known.getMetadata().getResourceVersion())
                        .endMetadata()
                        .addToData(KEY, before.replace(without, "") + with)
                        .build();
                if (known == null) {
                    client.resource(next).create();
                } else {
                    client.resource(next).update();
                }
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() != CONFLICT) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void close() {
        change(authority, "");
    }
}
