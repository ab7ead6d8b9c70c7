package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.UUID;

/** An authority of servers that the admin has the gateway trust, beside those of others, for as long as a test. Every gateway has it when this returns. */
final class ServerTrust implements AutoCloseable {
    private static final int LATELY_SECONDS = (int) Tenant.PATIENCE.toSeconds();

    private final GatewayKey key;

    private ServerTrust(GatewayKey key) {
        this.key = key;
    }

    static ServerTrust in(Tenant tenant, String authority) {
        String key = UUID.randomUUID() + ".crt";
        ServerTrust trust = new ServerTrust(GatewayKey.config(tenant, "cofferdam-egress-trust", key, authority));
        try {
            await().atMost(Tenant.PATIENCE).pollInterval(Duration.ofSeconds(3)).until(() -> {
                touch();
                return Tenant.systemPods(Names.GATEWAY).stream().allMatch(pod -> isUsed(key, pod));
            });
            return trust;
        } catch (RuntimeException | Error untold) {
            trust.close();
            throw untold;
        }
    }

    /** The kubelet looks at once at the volumes of a pod that changes, but may find there what it knew before. */
    private static void touch() {
        Kubectl.Answer looked = Kubectl.kubectl(
                "--namespace=" + Names.SYSTEM_NAMESPACE,
                "annotate",
                "--overwrite",
                "pod",
                "--selector=app.kubernetes.io/name=" + Names.GATEWAY,
                "example.com/look-at=" + UUID.randomUUID());
        assertThat(looked.exitCode()).as(looked.text()).isZero();
    }

    private static boolean isUsed(String key, Pod pod) {
        return TestCluster.Holder.client()
                .pods()
                .resource(pod)
                .sinceSeconds(LATELY_SECONDS)
                .getLog()
                .lines()
                .anyMatch(line -> line.contains("servers are verified by") && line.contains(key));
    }

    @Override
    public void close() {
        key.close();
    }
}
