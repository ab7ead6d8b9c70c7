package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.Phase;
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

    @Test
    void whatReplicasShareOutlivesAllOfThem(Tenant tenant) {
        tenant.policy(Tenant.POLICY, CommitTest.policy(CommitTest.EVERYTHING, Commit.Manual));
        try (SharedContents shared = new SharedContents();
                NodeVolume volume = CommitTest.volume(tenant)) {
            // Given what one replica keeps, and a tool that goes on
            ToolRun kept = CommitTest.awaiting(tenant, Commit.Manual, CommitTest.WORK);
            assertThat(shared.files()).hasSize(1);
            ToolRun goesOn = tenant.begun(shell("echo begun; sleep 25; echo later > src/e.py")
                    .withClaim(CommitTest.CLAIM, "team")
                    .withCommit(Commit.Manual));

            // When all replicas give way to others
            SharedContents.replaceAll();

            // Then those have it
            CommitTest.approve(Persona.ADMIN, tenant, kept);
            assertThat(CommitTest.outcome(tenant.finished(kept))).isEqualTo("True/Committed");
            assertThat(volume.files()).isEqualTo(CommitTest.AFTER);

            // And what a supervisor brings after it had to call again
            ToolRun resumed = CommitTest.awaiting(tenant, goesOn);
            assertThat(resumed.getStatus().phase()).isEqualTo(Phase.Succeeded);
            CommitTest.approve(Persona.ADMIN, tenant, resumed);
            assertThat(CommitTest.outcome(tenant.finished(resumed))).isEqualTo("True/Committed");
            assertThat(volume.files()).containsEntry("team/src/e.py", "later\n");
            await().atMost(Tenant.PATIENCE)
                    .untilAsserted(() -> assertThat(shared.files()).isEmpty());
        }
    }
}
