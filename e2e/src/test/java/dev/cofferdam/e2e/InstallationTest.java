package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.Kubectl.kubectl;
import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.SupervisorSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an admin finds after the installation. Alone, because two tests change it. */
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

    /** What the image is compared with may go; then our own pods wait, and nobody else's. */
    @Test
    void withoutTheNameOfTheImageOnlyOurPodsWait(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        Pod committer = CommitterShapeAttacks.planned(scene);
        assertThat(PodShapeAttacks.tryToMake(committer).code()).isEqualTo(201);

        try (OpenedGate _ = OpenedGate.withoutSandboxImage()) {
            await().atMost(Tenant.PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    PodShapeAttacks.tryToMake(committer).body())
                            .contains(CommitterShapeAttacks.IMAGE_POLICY, "no params found"));

            Caller.Answer strangers = Caller.DEVELOPER.send(
                    "POST",
                    scene.fill(Attacks.CORE + "/pods") + "?dryRun=All",
                    Attack.JSON,
                    Attacks.pod("\"name\":\"mine\"", ""));
            assertThat(strangers.code()).as(strangers.body()).isEqualTo(201);
        }

        await().atMost(Tenant.PATIENCE)
                .until(() -> PodShapeAttacks.tryToMake(committer).code() == 201);
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
