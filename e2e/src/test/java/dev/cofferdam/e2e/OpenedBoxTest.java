package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;

/** What {@link BoxAttackTest}'s scripts find in the same pod, beside the box: gVisor's kernel without it. So it is the box that keeps it from the tool. */
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
}
