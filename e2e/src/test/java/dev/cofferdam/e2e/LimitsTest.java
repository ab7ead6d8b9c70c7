package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ErrorKind;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A tool that wants too much is stopped, the outcome says by what, and the node does not notice. */
@ClusterTest
class LimitsTest {
    /** As docs/policy.md says. */
    private static final int SPARE = 12;

    /** Milliseconds by which a tool may be killed too late on a busy node; far fewer than what its policy gives more than it asked for. */
    private static final long LATE = 60_000;

    @AfterEach
    void theNodeStaysReady(Tenant tenant) {
        assertThat(tenant.client().nodes().list().getItems())
                .allSatisfy(node -> assertThat(node.getStatus().getConditions())
                        .filteredOn(condition -> condition.getType().equals("Ready"))
                        .allSatisfy(
                                condition -> assertThat(condition.getStatus()).isEqualTo("True")));
    }

    @Test
    void timeIsOverForTheWholeProcessTree(Tenant tenant) {
        // Given a grandchild that left its session, ignores SIGTERM and holds the output open
        tenant.withTools();
        String script = """
                import os, signal, time
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        signal.signal(signal.SIGTERM, signal.SIG_IGN)
                        signal.signal(signal.SIGHUP, signal.SIG_IGN)
                        while True:
                            print('alive', flush=True)
                            time.sleep(0.1)
                    os._exit(0)
                time.sleep(600)
                """;

        // When
        ToolRun run = tenant.run(tool("python", script).withTimeout("15s"));

        // Then
        assertThat(run.getStatus().phase()).isEqualTo(Phase.TimedOut);
        assertThat(run.getStatus().exitCode()).isEqualTo(124);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("TimedOut");
        assertThat(run.getStatus().error().kind()).isEqualTo(ErrorKind.Timeout);
        assertThat(run.getStatus().result().durationMillis()).isGreaterThanOrEqualTo(15_000L);
        assertThat(run.getStatus().result().stdout()).startsWith("alive\n");
    }

    @Test
    void aToolHasTheTimeThatItsRunAsksForAndAsMuchAsThePolicyGives(Tenant tenant) {
        tenant.withTools();

        ToolRun within = tenant.create(shell("sleep 7").withTimeout("300s"));
        ToolRun over = tenant.create(shell("sleep 600").withTimeout("5s"));
        ToolRun more = tenant.create(shell("true").withTimeout("300001ms"));

        assertThat(tenant.finished(within).getStatus().phase()).isEqualTo(Phase.Succeeded);
        over = tenant.finished(over);
        assertThat(condition(over, "Finished").getReason()).isEqualTo("TimedOut");
        assertThat(over.getStatus().result().durationMillis()).isBetween(5000L, 5000L + LATE);
        assertThat(condition(tenant.finished(more), "Finished").getReason()).isEqualTo("TimeoutExceedsPolicy");
    }

    @Test
    void timeOfTheProcessorIsCountedForAllProcessesTogether(Tenant tenant) {
        tenant.policy(
                Tenant.POLICY,
                Tenant.TOOLS
                        .replace("timeout: 300s", "timeout: 300s, cpuTime: 8s")
                        .replace("cpu: 250m", "cpu: 500m"));
        // Given children that nobody waits for, and that are orphans in the end; none uses much
        String script = """
                import os, signal, sys, time
                signal.signal(signal.SIGCHLD, signal.SIG_IGN)
                for _ in range(int(sys.argv[1])):
                    if os.fork() == 0:
                        if os.fork() == 0:
                            while time.process_time() < 0.1: pass
                        os._exit(0)
                    time.sleep(0.1)
                time.sleep(float(sys.argv[2]))
                """;

        // When they use less in all than the policy gives, in more time than that; and when they use more
        ToolRun below = tenant.create(tool("python", script, "35", "9"));
        ToolRun above = tenant.create(tool("python", script, "1000", "0"));

        // Then
        below = tenant.finished(below);
        assertThat(below.getStatus().phase()).as(below.getStatus().toString()).isEqualTo(Phase.Succeeded);
        assertThat(below.getStatus().effective().limits().cpuTimeMillis()).isEqualTo(8000L);
        assertThat(below.getStatus().result().durationMillis()).isGreaterThan(9000L);
        assertThat(below.getStatus().result().cpuMillis()).isBetween(3000L, 8000L);
        above = tenant.finished(above);
        assertThat(above.getStatus().phase()).isEqualTo(Phase.TimedOut);
        assertThat(condition(above, "Finished").getReason()).isEqualTo("CpuTimeExceeded");
        assertThat(condition(above, "Finished").getMessage()).contains("limits.cpuTime");
        assertThat(above.getStatus().exitCode()).isEqualTo(124);
        assertThat(above.getStatus().error().kind()).isEqualTo(ErrorKind.Timeout);
        assertThat(above.getStatus().error().retryable()).isFalse();
        assertThat(above.getStatus().result().cpuMillis()).isGreaterThanOrEqualTo(8000L);
    }

    @Test
    void moreOutputThanIsKeptIsAFailureWhereTheRunSaysSo(Tenant tenant) {
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 300s, outputBytes: 1000"));

        ToolRun whole = tenant.run(tool("python", "print('x' * 999)").withWholeOutput());
        ToolRun cut = tenant.run(tool("python", "print('x' * 1000)").withWholeOutput());
        ToolRun wholeError = tenant.run(
                tool("python", "import sys; print('e' * 999, file=sys.stderr)").withWholeOutput());
        ToolRun error = tenant.run(tool("python", "import sys; print('e' * 1000, file=sys.stderr); sys.exit(7)")
                .withWholeOutput());
        ToolRun usual = tenant.run(tool("python", "print('x' * 1000)"));

        assertThat(whole.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(wholeError.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(cut.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(condition(cut, "Finished").getReason()).isEqualTo("OutputTooLarge");
        assertThat(condition(cut, "Finished").getMessage()).contains("1001 bytes to standard output");
        assertThat(cut.getStatus().exitCode()).isEqualTo(1);
        assertThat(cut.getStatus().result().stdout()).isEqualTo("x".repeat(1000));
        assertThat(cut.getStatus().attempts()).hasSize(1);
        assertThat(condition(error, "Finished").getReason()).isEqualTo("OutputTooLarge");
        assertThat(error.getStatus().exitCode()).isEqualTo(7);
        assertThat(usual.getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void theParentsEndIsTheEndOfAll(Tenant tenant) {
        tenant.withTools();

        ToolRun run = tenant.run(shell("(while true; do echo still here; sleep 1; done) & exit 3")
                .withTimeout("30s"));

        assertThat(run.getStatus().exitCode()).isEqualTo(3);
    }

    @Test
    void tooMuchMemoryIsNamed(Tenant tenant) {
        tenant.withTools();

        ToolRun half = tenant.run(tool("python", "print(len(b'x' * (64 << 20)))"));
        ToolRun run = tenant.run(tool("python", "hog = []\nwhile True: hog.append(bytearray(16 << 20))"));

        assertThat(half.getStatus().phase()).as(half.getStatus().toString()).isEqualTo(Phase.Succeeded);
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(run.getStatus().exitCode()).isEqualTo(137);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("OutOfMemory");
        assertThat(run.getStatus().error().kind()).isEqualTo(ErrorKind.Memory);
    }

    /** The tool itself is one of them. Above its number it may have what is kept for the supervisor's threads and not used. */
    @Test
    void aForkBombHasAsManyProcessesAsThePolicySaysAndAFewMoreAtMost(Tenant tenant) {
        tenant.policy(Tenant.POLICY, """
                tools: [{name: python, image: cofferdam.local/python:1, command: [python3, -c]}]
                permissions: {resources: {limits: {processes: 32, memory: 256Mi, timeout: 300s}}}
                """);
        String script = """
                import os, time
                processes = 1
                try:
                    for _ in range(2000):
                        if os.fork() == 0:
                            time.sleep(600)
                        processes += 1
                except OSError as error:
                    print(error.strerror)
                print(processes)
                """;

        ToolRun run = tenant.run(tool("python", script));

        String[] lines = run.getStatus().result().stdout().split("\n");
        assertThat(lines[0]).isEqualTo("Resource temporarily unavailable");
        assertThat(Integer.parseInt(lines[1])).isBetween(32, 32 + SPARE);
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void asManyOpenFilesAsThePolicySaysAndNotOneMore(Tenant tenant) {
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 300s, openFiles: 64"));
        String script = """
                import os
                try:
                    for _ in range(10000):
                        last = os.open('/dev/null', os.O_RDONLY)
                except OSError as error:
                    print(error.strerror, last)
                """;

        ToolRun run = tenant.run(tool("python", script));

        assertThat(run.getStatus().result().stdout())
                .as("the first is number 0")
                .isEqualTo("Too many open files 63\n");
    }

    @Test
    void asManyBytesInTheWorkspaceAsThePolicySaysAndNotOneMore(Tenant tenant) {
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 300s, workspaceBytes: 1Mi"));
        String script = """
                import os
                file = os.open('file', os.O_CREAT | os.O_WRONLY)
                print(os.write(file, bytes(1 << 20)))
                try:
                    os.write(file, b'x')
                except OSError as error:
                    print(error.strerror)
                print(os.fstat(file).st_size)
                """;

        ToolRun run = tenant.run(tool("python", script));

        assertThat(run.getStatus().result().stdout())
                .as("%s", run.getStatus().result())
                .isEqualTo("1048576\nNo space left on device\n1048576\n");
    }
}
