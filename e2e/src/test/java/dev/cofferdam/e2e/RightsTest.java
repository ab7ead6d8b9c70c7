package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Persona;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Everybody tries everything. That it is the named policy that refuses: {@link OpenedRightsTest}. */
@ClusterTest
class RightsTest {
    /** What each refusal says that one needs, or should do. */
    private static final Map<String, String> REMEDIES = Map.of("cofferdam-run-use", "verbs: [use]");

    @TestFactory
    Stream<DynamicTest> everybodyTriesEverything(Tenant tenant) {
        Persona.enter(tenant);
        return Rights.cells().stream()
                .map(cell -> dynamicTest(cell.title(), () -> {
                    Caller.Answer answer = cell.deed().by(cell.persona(), tenant);

                    if (cell.allowed()) {
                        assertThat(answer.code()).as(answer.body()).isIn(200, 201);
                    } else if (cell.byRbac()) {
                        assertThat(answer.body())
                                .contains("\\\"" + cell.persona().user() + "\\\" cannot ");
                        assertThat(answer.code()).isEqualTo(403);
                    } else {
                        assertThat(answer.body())
                                .contains("ValidatingAdmissionPolicy '" + cell.policy() + "'")
                                .contains(REMEDIES.get(cell.policy()))
                                .doesNotContain("failed expression");
                        assertThat(answer.code()).isEqualTo(403);
                    }
                }));
    }

    @Test
    void kubectlSaysWhatIsMissing(Tenant tenant) {
        Persona.enter(tenant);

        Kubectl.Answer answer = Kubectl.kubectl(
                """
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: mine}
                spec: {policyRef: {name: unused}, tool: sh}
                """,
                List.of("--namespace=" + tenant.namespace(), "--as=" + Persona.AGENT.user(), "create", "--filename=-"));

        assertThat(answer.exitCode()).isEqualTo(1);
        assertThat(answer.text())
                .contains("\"e2e-agent\" may not use the SandboxPolicy \"unused\" of the namespace \""
                        + tenant.namespace()
                        + "\". Have a Role bound to it there with the rule {apiGroups: [cofferdam.dev], "
                        + "resources: [sandboxpolicies], resourceNames: [unused], verbs: [use]}");
    }
}
