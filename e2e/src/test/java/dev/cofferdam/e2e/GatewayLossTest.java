package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.NodeVolume;
import dev.cofferdam.e2e.tenant.Persona;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What a gateway keeps of a run until somebody has decided about it, when the gateway goes meanwhile. Alone, because all others use it. */
@ClusterTest
@Tag("local")
@Isolated
class GatewayLossTest {
    @Test
    void whatItKeptOutlivesItsProcessAndNotItsPod(Tenant tenant) {
        tenant.policy(Tenant.POLICY, CommitTest.policy(CommitTest.EVERYTHING, Commit.Manual));
        InstalledParts.fresh(Names.GATEWAY);
        try (NodeVolume volume = CommitTest.volume(tenant)) {
            ToolRun first = CommitTest.awaiting(tenant, Commit.Manual, CommitTest.WORK);
            ToolRun second = CommitTest.awaiting(tenant, Commit.Manual, CommitTest.WORK + "; echo second > src/c.py");

            // When its process is killed
            InstalledParts.kill(Names.GATEWAY);

            // Then what it kept is there when it comes again
            CommitTest.approve(Persona.ADMIN, tenant, first);
            assertThat(CommitTest.outcome(tenant.finished(first))).isEqualTo("True/Committed");
            assertThat(volume.files()).isEqualTo(CommitTest.AFTER);

            // When its pod goes
            InstalledParts.fresh(Names.GATEWAY);

            // Then that is gone with it, which is said, and nothing of it was written
            CommitTest.approve(Persona.ADMIN, tenant, second);
            assertThat(CommitTest.outcome(tenant.finished(second))).isEqualTo("False/ContentsLost");
            assertThat(volume.files()).isEqualTo(CommitTest.AFTER);
        }
    }
}
