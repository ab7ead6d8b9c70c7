package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.Kubectl.kubectl;
import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.SupervisorSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an admin finds after the installation. Alone, because one test changes how the controller is set. */
@ClusterTest
@Isolated
class InstallationTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "sbp.spec.permissions.environment.allow.key",
                "sbp.spec.tools.command",
                "sbp.spec.permissions.resources.limits.outputBytes",
                "trun.spec.args",
                "trun.spec.cancel",
                "trun.status.result.stdoutTruncated",
                "trun.status.audit.sources.head"
            })
    void kubectlExplainsTheField(String field) {
        assertThat(kubectl("explain", field).text()).contains("DESCRIPTION:").doesNotContain("<empty>");
    }

    @Test
    void theSupervisorReachesTheToolWithoutImageVolumesToo(Tenant tenant) {
        tenant.withTools();
        assertThat(supervisorOf(tenant)).isEqualTo(SupervisorSource.ImageVolume);

        // When the controller is told that this cluster has no image volumes
        setSupervisor("InitContainer");
        try {
            // Then an init container brings the supervisor
            assertThat(supervisorOf(tenant)).isEqualTo(SupervisorSource.InitContainer);
        } finally {
            setSupervisor("Auto");
        }
    }

    private static SupervisorSource supervisorOf(Tenant tenant) {
        ToolRun run = tenant.run(shell("true"));
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
        return run.getStatus().sandbox().supervisor();
    }

    private static void setSupervisor(String value) {
        kubectl(
                "--namespace=" + Names.SYSTEM_NAMESPACE,
                "set",
                "env",
                "deployment/cofferdam-controller",
                "COFFERDAM_SANDBOX_SUPERVISOR=" + value);
        // A controller that is going may lead to its last moment.
        InstalledParts.scale(Names.CONTROLLER, 1);
    }
}
