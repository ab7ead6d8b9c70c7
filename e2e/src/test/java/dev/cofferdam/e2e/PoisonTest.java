package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.NewerDefinitions.FIELD;
import static dev.cofferdam.e2e.NewerDefinitions.VALUE;
import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Objects that a later version has stored stop neither part: an upgrade brings the new definitions before the new programs, and a way back leaves what was
 * stored. Alone, because it changes the definitions, and takes both parts down.
 */
@ClusterTest
@Isolated
class PoisonTest {
    /** As a later version's controller may leave a run that it has in hand. */
    private static final String STATUS = """
            {"status": {"phase": "%1$s", "%2$s": {"deep": [1]},
              "decision": {"verdict": "%1$s", "policyVersion": "1@sha256:00", "time": "2026-01-01T00:00:00Z", "%2$s": true},
              "conditions": [{"type": "%1$s", "status": "True", "reason": "%1$s", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}
            """.formatted(VALUE, FIELD);

    @Test
    void whatALaterVersionStoredStopsNobody(Tenant tenant) {
        // Given
        tenant.withTools();
        try {
            InstalledParts.scale(Names.CONTROLLER, 0);
            try (NewerDefinitions newer = new NewerDefinitions()) {
                eventually(tenant, """
                        apiVersion: cofferdam.dev/v1alpha1
                        kind: SandboxPolicy
                        metadata: {name: later}
                        spec:
                          state: %1$s
                          trust: %1$s
                          %2$s: {limits: [1]}
                          tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c], %2$s: true}]
                          permissions: {%2$s: {allow: []}}
                        """.formatted(VALUE, FIELD));
                store(tenant, run("strange", "tools", "stdinEncoding: " + VALUE));
                store(tenant, run("strict", "later", FIELD + ": {a: b}"));
                store(tenant, run("taken", "tools", FIELD + ": {a: b}"));
                // Admission lets no other write a status
                Caller.Answer written = Caller.CONTROLLER.send(
                        "PATCH",
                        "/apis/cofferdam.dev/v1alpha1/namespaces/" + tenant.namespace() + "/toolruns/taken/status",
                        "application/merge-patch+json",
                        STATUS);
                assertThat(written.code()).as(written.body()).isEqualTo(200);
                String taken = taken(tenant);

                // When both parts start
                start();

                // Then
                assertServed(tenant);
                assertRefused(tenant, "strange", "spec.stdinEncoding");
                assertRefused(tenant, "strict", "spec.state");
                assertThat(tenant.kubectl("get", "sandboxpolicy", "later", "--output=jsonpath={.status.conditions}")
                                .text())
                        .contains("spec.state", "spec.trust", FIELD);
                assertThat(taken(tenant)).as("left alone").isEqualTo(taken);
            }

            // When the former definitions are back, and both parts start again
            assertServed(tenant);
            InstalledParts.scale(Names.CONTROLLER, 0);
            String taken = taken(tenant);
            start();

            // Then
            assertServed(tenant);
            assertThat(taken(tenant)).as("left alone").isEqualTo(taken);
            assertThat(tenant.kubectl("delete", "toolrun", "taken", Kubectl.PATIENCE)
                            .exitCode())
                    .as("and can be deleted")
                    .isZero();
        } finally {
            bothAreThere();
        }
    }

    /** Of the gateway another process, whatever was there. */
    private static void start() {
        InstalledParts.scale(Names.GATEWAY, 0);
        bothAreThere();
    }

    private static void bothAreThere() {
        InstalledParts.scale(Names.GATEWAY, 1);
        InstalledParts.scale(Names.CONTROLLER, 1);
    }

    private static void assertServed(Tenant tenant) {
        ToolRun run = tenant.run(shell("echo begun"));
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(run.getStatus().result().stdout()).isEqualTo("begun\n");
    }

    private static void assertRefused(Tenant tenant, String name, String field) {
        ToolRun run = tenant.client()
                .resources(ToolRun.class)
                .inNamespace(tenant.namespace())
                .withName(name)
                .get();
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(ended, "Admitted").getMessage()).contains(field);
        assertThat(ended.getStatus().attempts()).isEmpty();
    }

    private static String taken(Tenant tenant) {
        return tenant.kubectl("get", "toolrun", "taken", "--output=jsonpath={.metadata.resourceVersion}")
                .text();
    }

    private static String run(String name, String policy, String more) {
        return """
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: %s}
                spec: {policyRef: {name: %s}, tool: sh, args: ["echo ran"], %s}
                """.formatted(name, policy, more);
    }

    private static void store(Tenant tenant, String yaml) {
        assertThat(create(tenant, yaml)).isZero();
    }

    /** The API server takes up new definitions a moment after it has stored them. */
    private static void eventually(Tenant tenant, String yaml) {
        await().atMost(Tenant.PATIENCE).until(() -> create(tenant, yaml) == 0);
    }

    private static int create(Tenant tenant, String yaml) {
        return Kubectl.kubectl(
                        yaml,
                        List.of("--namespace=" + tenant.namespace(), "create", "--validate=strict", "--filename=-"))
                .exitCode();
    }
}
