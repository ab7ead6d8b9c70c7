package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.ErrorKind;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A grant lasts as long as the policy gives it: who may no longer run is stopped in the middle, and everybody else goes on. */
@ClusterTest
class PolicyEditTest {
    /** It asks for a variable and for time of its own, so that both can be taken away. */
    private static final RunRequest CALL =
            shell("echo begun; sleep 300").withEnv("GREETING", "hello").withTimeout("250s");

    static Stream<Arguments> edits() {
        return Stream.of(
                Arguments.of(
                        "a variable is taken away",
                        Tenant.TOOLS.replace(", {key: GREETING}", ""),
                        "the run sets the variable \"GREETING\""),
                Arguments.of(
                        "a program is taken away",
                        Tenant.TOOLS.replace("{command: \"*\"}", "{command: sleep}"),
                        "spec.permissions.exec.allow of the policy no longer grants \"*\""),
                Arguments.of(
                        "the tool is taken away",
                        Tenant.TOOLS.replace("{name: sh,", "{name: shell,"),
                        "has no tool \"sh\""),
                Arguments.of(
                        "the tool gets another image",
                        Tenant.TOOLS.replace("shell:1, command: [sh, -c]", "python:1, command: [sh, -c]"),
                        "the image \"cofferdam.local/python:1\", and this run was granted \"cofferdam.local/shell:1\""),
                Arguments.of(
                        "the tool gets another command",
                        Tenant.TOOLS.replace("[sh, -c]", "[sh, -ec]"),
                        "another command than this run was granted: \"sh\", \"-ec\""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("edits")
    void aRunThatWouldNoLongerBeAllowedIsStopped(String what, String edited, String lost, Tenant tenant) {
        // Given
        tenant.withTools();
        ToolRun run = tenant.begun(CALL);

        // When
        tenant.policy(Tenant.POLICY, edited);

        // Then
        ToolRun ended = tenant.finished(run);
        isRevoked(ended, "PolicyChanged");
        assertThat(condition(ended, "Finished").getMessage())
                .as("whoever edited it reads what that took away")
                .contains("; by the policy as it is now: ", lost);
    }

    @Test
    void aRunThatIsStillAllowedGoesOn(Tenant tenant) {
        // Given
        tenant.withTools();
        ToolRun run = tenant.begun(shell("echo begun; sleep 5; echo done"));

        // When the policy grants less, of what the run does not have
        tenant.policy(
                Tenant.POLICY, Tenant.TOOLS.replace(", {key: GREETING}", "").replace("timeout: 300s", "timeout: 50s"));

        // Then
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(ended.getStatus().result().stdout()).isEqualTo("begun\ndone\n");
    }

    /** It asked for its time; the one above left it to the policy. */
    @Test
    void aLowerLimitIsForLaterRuns(Tenant tenant) {
        tenant.withTools();
        ToolRun run = tenant.begun(shell("echo begun; sleep 5; echo done").withTimeout("50s"));

        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 2s"));

        assertThat(tenant.finished(run).getStatus().phase()).isEqualTo(Phase.Succeeded);
        ToolRun later = tenant.run(shell("true").withTimeout("50s"));
        assertThat(condition(later, "Finished").getReason()).isEqualTo("TimeoutExceedsPolicy");
    }

    @Test
    void aDeletedPolicyStopsItsRuns(Tenant tenant) {
        tenant.withTools();
        ToolRun run = tenant.begun(CALL);

        tenant.kubectl("delete", "sandboxpolicy", Tenant.POLICY);

        isRevoked(tenant.finished(run), "PolicyDeleted");
    }

    @Test
    void aPolicyThatNoLongerCompilesStopsItsRunsAndFallsBackToNothing(Tenant tenant) {
        // Given
        tenant.withTools();
        ToolRun run = tenant.begun(CALL);

        // When
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("environment:", "enviroment:"));

        // Then what runs stops, and nothing new runs by the policy as it was
        isRevoked(tenant.finished(run), "PolicyNotReady");
        ToolRun another = tenant.run(shell("true"));
        assertThat(another.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(another, "Finished").getReason()).isEqualTo("PolicyNotReady");
        assertThat(condition(another, "Finished").getMessage()).contains("enviroment");
    }

    /** Controller and gateway each stop a run by themselves, and either may be first: then the other has nothing left to take away. */
    private static void isRevoked(ToolRun run, String reason) {
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(condition(run, "Finished").getReason()).isEqualTo(reason);
        assertThat(run.getStatus().error().kind()).isEqualTo(ErrorKind.Capability);
        assertThat(run.getStatus().audit().sources().stream().flatMap(PolicyEditTest::revocations))
                .isNotEmpty()
                .allSatisfy(event -> assertThat(event.detail()).containsEntry("reason", reason));
        Result result = run.getStatus().result();
        if (result != null) {
            assertThat(result.outcome()).isEqualTo(Outcome.Stopped);
            assertThat(result.stopReason()).isIn(reason, null);
            assertThat(result.stdout()).isEqualTo("begun\n");
        }
    }

    private static Stream<AuditEvent> revocations(AuditSource source) {
        return source.events().stream().filter(event -> event.eventType() == AuditEventType.CapabilityRevoke);
    }
}
