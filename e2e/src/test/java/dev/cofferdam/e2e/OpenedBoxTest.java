package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What there is in the same pod, beside the box: gVisor's kernel, and the pod's network. So it is the box that keeps the one from the tool; and of the other it is not the box alone. */
@ClusterTest
class OpenedBoxTest {
    @Test
    void besideTheBoxTheSameScriptsGainMuch(Tenant tenant) {
        Strangers.withLongRuns(tenant);
        ToolRun run = tenant.begun(tool("python", "import time; print('begun', flush=True); time.sleep(500)")
                .withTimeout("600s"));
        Pod pod = tenant.pod(run).orElseThrow();
        try (OpenedGate _ = Strangers.enterable(tenant)) {
            assertThat(Strangers.inside(tenant, pod, "calls.py")).contains("unshare NEWUSER", "clone NEWNET");
            assertThat(Strangers.inside(tenant, pod, "files.py")).contains("found", "there is /.cofferdam");
        }
    }

    @Test
    void besideTheBoxThereIsTheGatewayAndNothingElse(Tenant tenant) {
        Strangers.withLongRuns(tenant);
        Sink sink = Sink.in(tenant);
        ToolRun run = tenant.begun(tool("python", "import time; print('begun', flush=True); time.sleep(500)")
                .withTimeout("600s"));
        String names = NetworkTest.clusterIp(tenant, "kube-system", "kube-dns");
        List<String> places = new ArrayList<>(List.of(
                "tcp " + sink.address() + " " + Sink.PORT,
                "tcp " + NetworkTest.clusterIp(tenant, "default", "kubernetes") + " 443",
                "tcp " + names + " 53",
                "udp " + names + " 53",
                "tcp " + NetworkTest.clusterIp(tenant, Names.SYSTEM_NAMESPACE, Names.GATEWAY) + " 8444"));
        Tenant.systemPods(Names.GATEWAY).forEach(pod -> {
            places.add("tcp " + pod.getStatus().getPodIP() + " 9000");
            places.add("tcp " + pod.getStatus().getHostIP() + " 10250");
        });

        try (OpenedGate _ = Strangers.enterable(tenant)) {
            assertThat(Strangers.inside(
                            tenant, tenant.pod(run).orElseThrow(), "beside.py", places.toArray(String[]::new)))
                    .isEqualTo("tcp " + Strangers.gateway(tenant).replace(":", " ") + "\n");
        }
        assertThat(sink.hits()).isZero();
    }
}
