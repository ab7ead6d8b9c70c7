package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ErrorKind;
import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a tool ends is told exactly, and an exit code of the tool's own is never mistaken for one of ours. */
@ClusterTest
class ExitTest {
    @Test
    void zeroSucceeds(Tenant tenant) {
        // Given
        tenant.withTools();

        // When
        ToolRun run = tenant.run(tool("true"));

        // Then
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(run.getStatus().exitCode()).isZero();
        assertThat(condition(run, "Finished").getStatus()).isEqualTo("True");
        assertThat(condition(run, "Succeeded").getStatus()).isEqualTo("True");
        assertThat(condition(run, "Succeeded").getReason()).isEqualTo("ExitedZero");
        assertThat(run.getStatus().error()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 42, 124, 137, 255})
    void otherCodesFailAsTheyAre(int code, Tenant tenant) {
        tenant.withTools();

        ToolRun run = tenant.run(shell("exit " + code));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(run.getStatus().exitCode()).isEqualTo(code);
        assertThat(run.getStatus().result().exitCode()).isEqualTo(code);
        assertThat(condition(run, "Succeeded").getStatus()).isEqualTo("False");
        assertThat(condition(run, "Succeeded").getReason()).isEqualTo("ExitedNonZero");
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.ExecutionError);
        assertThat(run.getStatus().error().kind()).isEqualTo(ErrorKind.Runtime);
        assertThat(run.getStatus().error().retryable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"TERM, 15", "SEGV, 11", "KILL, 9", "ABRT, 6"})
    void aSignalIsNamed(String name, int number, Tenant tenant) {
        tenant.withTools();

        ToolRun run = tenant.run(tool("python", "import os, signal; os.kill(os.getpid(), signal.SIG" + name + ")"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(run.getStatus().result().signal()).isEqualTo(number);
        assertThat(run.getStatus().exitCode()).isEqualTo(128 + number);
        assertThat(condition(run, "Succeeded").getReason()).isEqualTo("Signaled");
    }

    @Test
    void aCommandThatTheImageDoesNotHaveIsSaidSo(Tenant tenant) {
        tenant.policy(
                Tenant.POLICY, "tools: [{name: sh, image: 'cofferdam.local/shell:1', command: [no-such-program]}]");

        ToolRun run = tenant.run(shell("true"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("ToolNotFound");
        assertThat(run.getStatus().execution()).as("nothing ran").isNull();
    }
}
