package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Alerts as an author writes them: when they fire, who is told, and what a tool may not do any more. */
@ClusterTest
class AlertsTest {
    /** Denied before anything is made, for one reason. */
    private static final RunRequest DENIED = tool("sh", "true").withEnv("FORBIDDEN", "x");

    @Test
    void firesAboveItsNumberOnceAndSaysSo(Tenant tenant) {
        // Given an alert whose number is reached and not passed
        tenant.policy(Tenant.POLICY, """
                tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
                alerts:
                  denials: {condition: "permission_denials > 3 per hour", severity: critical, action: notify_security_team}
                  silent: {condition: "permission_denials > 1000 per hour"}
                """);
        for (int denial = 0; denial < 3; denial++) {
            assertThat(tenant.run(DENIED).getStatus().phase()).isEqualTo(Phase.Denied);
        }
        await().atMost(Tenant.PATIENCE).until(() -> counted(tenant, "denials") == 3);
        assertThat(alert(tenant, "denials").orElseThrow().firings()).isEmpty();
        assertThat(alerting(tenant).getStatus()).isEqualTo("False");

        // When there is one more
        tenant.run(DENIED);

        // Then it fires: in the policy's status, and as an Event of it
        AlertFiring firing = await().atMost(Tenant.PATIENCE)
                .until(
                        () -> alert(tenant, "denials").stream()
                                .flatMap(alert -> alert.firings().stream())
                                .filter(told -> told.notifiedAt() != null)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
        assertThat(firing.counts()).containsExactly("permission_denials per 3600s: 4");
        assertThat(alerting(tenant).getReason()).isEqualTo("AlertFired");
        assertThat(alerting(tenant).getMessage()).contains("denials").doesNotContain("silent");
        assertThat(tenant.kubectl("describe", "sandboxpolicy", Tenant.POLICY).text())
                .contains("AlertFired", "denials (critical) fired: permission_denials > 3 per hour", ": 4");

        // And once, whatever comes behind it
        tenant.run(DENIED);
        tenant.run(DENIED);
        await().atMost(Tenant.PATIENCE).until(() -> counted(tenant, "denials") == 6);
        assertThat(alert(tenant, "denials").orElseThrow().firings()).containsExactly(firing);
        assertThat(alert(tenant, "silent").orElseThrow().firings()).isEmpty();
        assertThat(counted(tenant, "silent")).isEqualTo(6);
    }

    @Test
    void stopsTheToolThatTriesWhatItMayNot(Tenant tenant) {
        // Given a tool that runs, and an alert about programs that are not granted
        tenant.policy(Tenant.POLICY, """
                tools:
                - {name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}
                - {name: other, image: cofferdam.local/shell:1, command: [sh, -c]}
                permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 300s}}}
                alerts:
                  escape: {condition: "policy_violation.type == 'program_execution' && tool == 'sh'", severity: critical, action: disable_component}
                """);
        ToolRun running = tenant.begun(shell("echo begun; sleep 300"));

        // When another run of it tries one; the stop may be quicker than its own end
        assertThat(tenant.run(shell("/bin/busybox id; true")).getStatus().phase())
                .isIn(Phase.Succeeded, Phase.Cancelled);

        // Then what runs of it is killed, what comes is denied, and other tools go on
        ToolRun killed = tenant.finished(running);
        assertThat(condition(killed, "Finished").getReason()).isEqualTo("ToolDisabled");
        assertThat(killed.getStatus().phase()).isEqualTo(Phase.Cancelled);
        ToolRun denied = tenant.run(shell("true"));
        assertThat(denied.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(denied, "Finished").getReason()).isEqualTo("ToolDisabled");
        AlertStop disabled = disabled(tenant).orElseThrow();
        String command = "annotate --overwrite -n " + tenant.namespace() + " sandboxpolicy " + Tenant.POLICY
                + " cofferdam.dev/resume=" + disabled.firing();
        assertThat(condition(denied, "Finished").getMessage()).contains("escape", disabled.at(), command);
        assertThat(tenant.run(tool("other", "true")).getStatus().phase()).isEqualTo(Phase.Succeeded);

        // And no edit lets it run, but the command does
        tenant.kubectl(
                "patch", "sandboxpolicy", Tenant.POLICY, "--type=merge", "--patch", "{\"spec\":{\"alerts\":null}}");
        await().atMost(Tenant.PATIENCE).until(() -> alert(tenant, "escape").isEmpty());
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(tenant.kubectl(command.split(" ")).exitCode()).isZero();
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
        await().atMost(Tenant.PATIENCE).until(() -> disabled(tenant).isEmpty());
        tenant.kubectl("annotate", "sandboxpolicy", Tenant.POLICY, "cofferdam.dev/resume-");
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void quarantinesThePolicyWhoseToolTriesWhatItMayNot(Tenant tenant) {
        // Given a tool that runs, and an alert about what no tool may do
        tenant.policy(Tenant.POLICY, """
                tools:
                - {name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}
                - {name: other, image: cofferdam.local/shell:1, command: [sh, -c]}
                permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 300s}}}
                alerts:
                  escape: {condition: "policy_violation.type == 'program_execution'", severity: critical, action: quarantine}
                """);
        ToolRun running = tenant.begun(tool("other", "echo begun; sleep 300"));

        // When another tool of the policy tries it
        tenant.run(shell("/bin/busybox id; true"));

        // Then what runs is frozen and kept, and nothing of the policy is let through
        ToolRun frozen = tenant.finished(running);
        assertThat(condition(frozen, "Finished").getReason()).isEqualTo("Quarantined");
        assertThat(frozen.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(frozen.getStatus().result().outcome()).isEqualTo(Outcome.Frozen);
        ToolRun denied = tenant.run(tool("other", "true"));
        assertThat(denied.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(denied, "Finished").getReason()).isEqualTo("PolicySuspended");
        AlertStop quarantined = policy(tenant).getStatus().quarantined();
        assertThat(quarantined.alert()).isEqualTo("escape");
        String command = "annotate --overwrite -n " + tenant.namespace() + " sandboxpolicy " + Tenant.POLICY
                + " cofferdam.dev/resume=" + quarantined.firing();
        assertThat(condition(denied, "Finished").getMessage()).contains("escape", quarantined.at(), command);
        assertThat(tenant.kubectl("get", "sandboxpolicy", Tenant.POLICY).text()).contains("QUARANTINED", "escape");
        await().atMost(Tenant.PATIENCE)
                .until(
                        () -> tenant.kubectl("describe", "sandboxpolicy", Tenant.POLICY)
                                .text(),
                        text -> text.contains("AlertFired") && text.contains("the policy is quarantined"));
        assertThat(tenant.pod(frozen))
                .get()
                .satisfies(pod ->
                        assertThat(pod.getMetadata().getDeletionTimestamp()).isNull());

        // And no edit lets it run, but the command does; what is frozen stays so
        tenant.kubectl(
                "patch",
                "sandboxpolicy",
                Tenant.POLICY,
                "--type=merge",
                "--patch",
                "{\"spec\":{\"alerts\":null,\"state\":\"Active\"}}");
        await().atMost(Tenant.PATIENCE).until(() -> alert(tenant, "escape").isEmpty());
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(tenant.kubectl(command.split(" ")).exitCode()).isZero();
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
        await().atMost(Tenant.PATIENCE).until(() -> policy(tenant).getStatus().quarantined() == null);
        assertThat(condition(tenant.finished(running), "Finished").getReason()).isEqualTo("Quarantined");
    }

    /** Who may delete runs does not thereby keep them from being counted. */
    @Test
    void aRunThatIsDeletedWhileItRunsCounts(Tenant tenant) {
        tenant.policy(Tenant.POLICY, """
                tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
                permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 300s}}}
                alerts: {deleted: {condition: "reason == 'Deleted'"}}
                """);
        ToolRun running = tenant.begun(shell("echo begun; sleep 300"));
        assertThat(alert(tenant, "deleted").map(AlertStatus::firings).orElse(List.of()))
                .isEmpty();

        tenant.resource(running).delete();

        await().atMost(Tenant.PATIENCE)
                .until(() -> alert(tenant, "deleted").stream()
                        .anyMatch(alert -> alert.firings().size() == 1));
    }

    static Optional<AlertStatus> alert(Tenant tenant, String name) {
        return Optional.ofNullable(policy(tenant).getStatus()).stream()
                .flatMap(status -> status.alerts().stream())
                .filter(alert -> alert.name().equals(name))
                .findFirst();
    }

    static long counted(Tenant tenant, String name) {
        return alert(tenant, name).stream()
                .flatMap(alert -> alert.windows().stream())
                .flatMap(window -> window.counts().stream())
                .mapToLong(Long::longValue)
                .sum();
    }

    private static Optional<AlertStop> disabled(Tenant tenant) {
        return policy(tenant).getStatus().tools().stream()
                .map(ToolCircuit::disabled)
                .filter(Objects::nonNull)
                .findFirst();
    }

    private static Condition alerting(Tenant tenant) {
        List<Condition> conditions = policy(tenant).getStatus().conditions();
        return conditions.stream()
                .filter(condition -> condition.getType().equals("Alerting"))
                .findFirst()
                .orElseThrow();
    }

    private static SandboxPolicy policy(Tenant tenant) {
        return tenant.client()
                .resources(SandboxPolicy.class)
                .inNamespace(tenant.namespace())
                .withName(Tenant.POLICY)
                .get();
    }
}
