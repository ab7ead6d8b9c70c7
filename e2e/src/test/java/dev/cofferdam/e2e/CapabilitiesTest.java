package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

/** What a run has is what the policy's lists, its tool's capabilities and its own grant, all three; shown for programs, which the box enforces. */
@ClusterTest
class CapabilitiesTest {
    private static final String POLICY = """
            tools:
            - {name: narrow, image: cofferdam.local/python:1, command: [bash, -c], capabilities: ["EXTERNAL_COMMAND(git)"]}
            - {name: wide, image: cofferdam.local/python:1, command: [bash, -c]}
            permissions:
              exec: {allow: [{command: git}, {command: /usr/bin/python3}]}
              resources: {limits: {cpu: 250m, memory: 128Mi, timeout: 300s}}
            """;
    private static final String BOTH = "git --version; /usr/bin/python3 -c 'print(6 * 7)'; exit 0";

    @Test
    void aToolHasNoMoreThanItsCapabilities(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);

        ToolRun narrow = run(tenant, "narrow", "");
        assertThat(narrow.getStatus().effective().toolCapabilities()).containsExactly("EXTERNAL_COMMAND(git)");
        assertThat(narrow.getStatus().effective().exec()).containsExactly("git");
        assertThat(narrow.getStatus().result().stdout()).contains("git version").doesNotContain("42");

        ToolRun wide = run(tenant, "wide", "");
        assertThat(wide.getStatus().effective().toolCapabilities()).isEmpty();
        assertThat(wide.getStatus().result().stdout()).contains("git version", "42");
    }

    @Test
    void aRunHasNoMoreThanItAsksForAndIsRefusedWhatItsToolDoesNotHave(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);

        ToolRun less = run(tenant, "wide", "\"EXTERNAL_COMMAND(/usr/bin/python3)\"");
        assertThat(less.getStatus().effective().exec()).containsExactly("/usr/bin/python3");
        assertThat(less.getStatus().result().stdout()).contains("42").doesNotContain("git version");

        ToolRun more = run(
                tenant, "narrow", "\"EXTERNAL_COMMAND(/usr/bin/python3)\", \"NETWORK_CONNECT(api.example.com:443)\"");
        assertThat(more.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(more.getStatus().error().exitCode()).isEqualTo(5);
        assertThat(condition(more, "Admitted").getMessage())
                .contains(
                        "\"EXTERNAL_COMMAND(/usr/bin/python3)\" is more than spec.permissions.exec.allow and the tool's own");
        assertThat(more.getStatus().decision().reasons())
                .extracting(DecisionReason::code)
                .containsExactly("CapabilityNotGranted", "CapabilityNotGranted");
        assertThat(tenant.pod(more)).isEmpty();
    }

    @Test
    void aToolThatNeedsMoreThanThePolicyGrantsMakesItNotReady(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.replace("EXTERNAL_COMMAND(git)", "EXTERNAL_COMMAND(curl)"));

        ToolRun refused = run(tenant, "wide", "");

        assertThat(condition(refused, "Finished").getReason()).isEqualTo("PolicyNotReady");
        await().atMost(Tenant.PATIENCE)
                .until(() -> tenant.kubectl(
                                "get",
                                "sandboxpolicy",
                                Tenant.POLICY,
                                "--output=jsonpath={.status.conditions[?(@.type==\"Ready\")].message}")
                        .text()
                        .contains("spec.tools[0].capabilities[0]: \"EXTERNAL_COMMAND(curl)\" is more than"));
    }

    /** A run of the tool that asks for these, quoted and with commas between them, ended. */
    static ToolRun run(Tenant tenant, String tool, String capabilities) {
        ToolRun run = Serialization.unmarshal(
                """
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {generateName: capabilities-, namespace: %s}
                spec: {policyRef: {name: %s}, tool: %s, args: ["%s"], capabilities: [%s]}
                """.formatted(tenant.namespace(), Tenant.POLICY, tool, BOTH, capabilities), ToolRun.class);
        return tenant.finished(tenant.client().resource(run).create());
    }
}
