package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.Verdict;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the policy does not grant is refused before anything is made, with the rule that said no and what to change. */
@ClusterTest
class DenialTest {
    @ParameterizedTest
    @MethodSource("refusals")
    void noPodIsMade(String reason, int exitCode, String told, RunRequest request, Tenant tenant) {
        // Given
        tenant.withTools();

        // When
        ToolRun run = tenant.run(request);

        // Then
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(run.getStatus().exitCode()).isEqualTo(exitCode);
        assertThat(run.getStatus().decision().verdict()).isEqualTo(Verdict.Denied);
        assertThat(run.getStatus().decision().reasons())
                .extracting(DecisionReason::code)
                .contains(reason);
        assertThat(condition(run, "Admitted").getStatus()).isEqualTo("False");
        assertThat(condition(run, "Admitted").getReason()).isEqualTo(reason);
        assertThat(condition(run, "Finished").getStatus()).isEqualTo("True");
        String described =
                tenant.kubectl("describe", "trun", run.getMetadata().getName()).text();
        assertThat(described).contains(reason).contains(told);
        assertThat(tenant.pods()).isEmpty();
        assertThat(run.getStatus().audit().sources()).singleElement().satisfies(source -> {
            assertThat(source.source()).isEqualTo("controller");
            assertThat(source.denied()).isPositive();
        });
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(
                        "PolicyNotFound", 2, "no-such-policy", shell("true").withPolicy("no-such-policy")),
                Arguments.of("ToolNotRegistered", 3, "no-such-tool", tool("no-such-tool")),
                Arguments.of("TimeoutExceedsPolicy", 2, "300s", shell("true").withTimeout("301s")),
                Arguments.of(
                        "EnvironmentNotGranted", 5, "LD_PRELOAD", shell("true").withEnv("LD_PRELOAD", "/tmp/x.so")),
                Arguments.of(
                        "EnvironmentRepeated",
                        2,
                        "LANG",
                        shell("true").withEnv("LANG", "a").withEnv("LANG", "b")),
                Arguments.of("InvalidSpec", 2, "NUL", tool("echo", "a\u0000b")),
                Arguments.of(
                        "CredentialInSpec",
                        2,
                        "a GitHub token",
                        // Put together, so that none stands here.
                        tool("echo", "gh" + "p_" + "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zaB3dE")),
                Arguments.of(
                        "InvalidSpec",
                        2,
                        "393216",
                        tool("cat").withStdin("<".repeat(65_536)).withEnv("LANG", "&".repeat(1_024))));
    }

    @Test
    void everyReasonIsNamedNotOnlyTheFirst(Tenant tenant) {
        tenant.withTools();

        ToolRun run =
                tenant.run(shell("true").withTimeout("2h").withEnv("A", "1").withEnv("B", "2"));

        assertThat(run.getStatus().decision().reasons())
                .extracting(DecisionReason::code)
                .containsExactlyInAnyOrder("TimeoutExceedsPolicy", "EnvironmentNotGranted", "EnvironmentNotGranted");
    }

    @Test
    void argumentsThatDoNotFitTheirSchemaAreRefusedWithWhatIsWanted(Tenant tenant) {
        tenant.policy(Tenant.POLICY, """
                tools:
                - name: echo
                  image: cofferdam.local/shell:1
                  command: [printf, '%s']
                  argsSchema: {items: {enum: [short, long]}, maxItems: 1}
                """);

        ToolRun fits = tenant.run(tool("echo", "short"));
        ToolRun other = tenant.run(tool("echo", "other"));

        assertThat(fits.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(other.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(other.getStatus().decision().reasons()).singleElement().satisfies(reason -> {
            assertThat(reason.code()).isEqualTo("ArgumentsRefused");
            assertThat(reason.resource()).isEqualTo("spec.args[0]");
            assertThat(reason.message())
                    .contains("enum is [\"short\",\"long\"]")
                    .doesNotContain("other");
        });
    }

    @Test
    void aSuspendedPolicyRefuses(Tenant tenant) {
        tenant.policy(Tenant.POLICY, Tenant.TOOLS + "state: Suspended\n");

        ToolRun run = tenant.run(shell("true"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(run, "Admitted").getReason()).isEqualTo("PolicySuspended");
        assertThat(tenant.pods()).isEmpty();
    }

    @Test
    void aPolicyWithAKeyThatNothingEnforcesGrantsNothing(Tenant tenant) {
        // Given a mistyped key, sent by a client that does not validate
        tenant.client()
                .load(new java.io.ByteArrayInputStream("""
                        apiVersion: cofferdam.dev/v1alpha1
                        kind: SandboxPolicy
                        metadata: {name: tools}
                        spec:
                          tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
                          permissions: {enviroment: {allow: [{key: LANG}]}}
                        """.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .inNamespace(tenant.namespace())
                .create();

        ToolRun run = tenant.run(shell("true"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(run, "Admitted").getReason()).isEqualTo("PolicyNotReady");
        assertThat(condition(run, "Admitted").getMessage()).contains("enviroment");
        assertThat(tenant.pods()).isEmpty();
        assertThat(tenant.kubectl("wait", "sandboxpolicy/tools", "--for=condition=Ready=False", Kubectl.PATIENCE)
                        .exitCode())
                .isZero();
        assertThat(tenant.kubectl("get", "sandboxpolicy", "tools", "--output=jsonpath={.status.conditions}")
                        .text())
                .contains("enviroment");
    }

    @Test
    void aRunCreatedRightAfterItsPolicyIsNotRefused(Tenant tenant) {
        for (int i = 0; i < 5; i++) {
            String name = "fresh-" + i;
            tenant.policy(name, Tenant.TOOLS);

            ToolRun run = tenant.create(shell("true").withPolicy(name));

            assertThat(tenant.until(
                                    run,
                                    now -> now.getStatus() != null
                                            && now.getStatus().decision() != null)
                            .getStatus()
                            .decision()
                            .verdict())
                    .isEqualTo(Verdict.Allowed);
        }
    }
}
