package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.StoppedNamespaceTest.label;
import static dev.cofferdam.e2e.StoppedNamespaceTest.running;
import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Without any gateway, what begins is given up, and what runs is stopped all the same, by the controller. Alone, because it takes away what all others use; and once for all of it, because a supervisor waits
 * a minute for a gateway.
 */
@ClusterTest
@Isolated
class NoGatewayTest {
    @Test
    void runsAreGivenUpAndStoppedAllTheSame(Tenant tenant) {
        tenant.withTools();
        try (Tenant suspended = Tenant.create();
                Tenant quarantined = Tenant.create()) {
            ToolRun toBeKilled = running(suspended);
            ToolRun toBeFrozen = running(quarantined);
            InstalledParts.scale(Names.GATEWAY, 0);
            try {
                ToolRun begun = tenant.create(shell("true"));

                label(suspended.namespace(), "=Suspended");
                label(quarantined.namespace(), "=Quarantined");

                isOver(suspended, toBeKilled, "NamespaceSuspended");
                isOver(quarantined, toBeFrozen, "Quarantined");
                assertThat(condition(quarantined.resource(toBeFrozen).get(), "Finished")
                                .getMessage())
                        .contains("it was not frozen");
                isGivenUp(tenant, begun);
            } finally {
                InstalledParts.scale(Names.GATEWAY, 1);
            }
        }
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    /** Its pod goes, and the run ends, although nobody tells what became of the tool. */
    private static void isOver(Tenant tenant, ToolRun run, String reason) {
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo(reason);
        assertThat(ended.getStatus().result()).isNull();
        await().atMost(Tenant.PATIENCE).until(() -> tenant.pods().isEmpty());
    }

    /** Its supervisor gives up, and nobody says more than he knows. */
    private static void isGivenUp(Tenant tenant, ToolRun run) {
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Unknown);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("SupervisorLost");
        assertThat(ended.getStatus().attempts()).hasSize(1);
    }
}
