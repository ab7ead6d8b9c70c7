package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.util.UUID;

/**
 * An authority of servers that the admin has the gateway trust, beside those of others, for as long as a test. It is there a moment after this returns: the first
 * attempt must be a patient one.
 */
final class ServerTrust implements AutoCloseable {
    private final GatewayKey key;

    private ServerTrust(GatewayKey key) {
        this.key = key;
    }

    static ServerTrust in(Tenant tenant, String authority) {
        ServerTrust trust = new ServerTrust(
                GatewayKey.config(tenant, "cofferdam-egress-trust", UUID.randomUUID() + ".crt", authority));
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

    @Override
    public void close() {
        key.close();
    }
}
