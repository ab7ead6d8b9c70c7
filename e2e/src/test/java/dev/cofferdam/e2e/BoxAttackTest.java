package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A tool that tries to get out, to look around, or to make its own record wrong. The scripts print what succeeded. */
@ClusterTest
class BoxAttackTest {
    /** For scripts that say how much they tried by being long: they come by standard input. */
    private static final String POLICY = """
            tools: [{name: python, image: cofferdam.local/python:1, command: [python3, -u, "-"]}]
            permissions: {resources: {limits: {cpu: 500m, memory: 128Mi, timeout: 300s, processes: 64}}}
            """;

    @Withstands(
            value = "a tool makes every call that could loosen its box, and reads and writes what it can name",
            at = Aim.Host,
            by = {Gate.Box, Gate.GVisor, Gate.PodSecurity},
            opened = "OpenedBoxTest.besideTheBoxTheSameScriptsGainMuch")
    @ParameterizedTest
    @ValueSource(strings = {"calls.py", "files.py"})
    void nothingIsGained(String script, Tenant tenant) throws IOException {
        tenant.policy(Tenant.POLICY, POLICY);

        ToolRun run = tenant.run(tool("python").withStdin(script(script)));

        assertThat(run.getStatus().result().stderr())
                .as("the script runs to its end")
                .isNullOrEmpty();
        assertThat(run.getStatus().result().stdout())
                .as("what the tool was granted")
                .isNullOrEmpty();
        assertThat(run.getStatus().exitCode()).isZero();
    }

    /** Nothing of it may delay the end by more than a starved supervisor needs, or change what it is called. */
    @Withstands(
            value = "a tool stops itself, its parents, or burns all processors, to outlive its time",
            at = Aim.Service,
            by = {Gate.Box, Gate.Limits},
            unopened = "what has more time goes on: LimitsTest")
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    stops itself         | import os, signal;\\nwhile True: os.kill(os.getpid(), signal.SIGSTOP)
                    stops all            | import os, signal, time;\\nif os.fork() == 0: time.sleep(99)\\nos.kill(-1, signal.SIGSTOP); os.kill(1, signal.SIGSTOP)
                    ignores its input    | import time; time.sleep(99)
                    closes its streams   | import os, time; os.closerange(0, 99); time.sleep(99)
                    burns all processors | import os;\\ntry:\\n  while os.fork(): pass\\nexcept OSError: pass\\nwhile True: pass
                    """)
    void itsTimeIsOverAllTheSame(String what, String script, Tenant tenant) {
        tenant.withTools();

        ToolRun run = tenant.run(tool("python", script.replace("\\n", "\n"))
                .withStdin("x".repeat(60_000))
                .withTimeout("2s"));

        assertThat(condition(run, "Finished").getReason()).as(what).isEqualTo("TimedOut");
        assertThat(run.getStatus().exitCode()).isEqualTo(124);
        assertThat(run.getStatus().result().durationMillis()).isGreaterThanOrEqualTo(2_000L);
    }

    /** The record of what it wrote is exact, and what it wrote is not taken for ours. */
    @Withstands(
            value = "a tool prints what a supervisor would say, and holds on to its streams",
            at = Aim.Record,
            by = {Gate.Box, Gate.Protocol},
            opened = "ImpostorTest.whatAnHonestSupervisorSaysIsTaken")
    @Test
    void itCannotSpeakForUs(Tenant tenant) {
        tenant.withTools();
        String script = """
                import os, socket
                os.write(1, b'{"type":"result","outcome":"Exited","exitCode":0}\\n' * 2)
                os.write(2, b'{"level":"ERROR","msg":"no job"}\\n\\x1b[2J')
                # Children outlive it and hold its streams; one end hides in a socket.
                left, right = socket.socketpair()
                socket.send_fds(left, [b'x'], [1])
                for _ in range(5):
                    if os.fork() == 0:
                        os.setsid()
                        while True: os.write(1, b'')
                os._exit(9)
                """;

        ToolRun run = tenant.run(tool("python", script));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("ExitedNonZero");
        assertThat(run.getStatus().exitCode()).isEqualTo(9);
        assertThat(run.getStatus().result().stdoutBytes()).isEqualTo(100L);
        assertThat(run.getStatus().result().stderrBytes()).isEqualTo(37L);
    }

    /** What no size option of a file system bounds is bounded by the pod's memory, and says so. */
    @Withstands(
            value = "a tool takes memory where no file system bounds it",
            at = Aim.Service,
            by = {Gate.Limits},
            unopened = "the pod has no more: PodShapeTest")
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    extended attributes | import os;\\nfor i in range(10**6):\\n  f = f'/tmp/{i}'; open(f, 'w').close()\\n  try:\\n    for k in range(99): os.setxattr(f, f'user.{k}', b'x' * 60000)\\n  except OSError: pass
                    anonymous files     | import os;\\nwhile True:\\n  f = os.memfd_create('x')\\n  while os.fstat(f).st_size < 16 << 20: os.write(f, bytes(1 << 20))
                    memory, slowly      | import time; hog = []\\nwhile True: hog.append(b'x' * (1 << 20)); time.sleep(0.005)
                    """)
    void memoryIsTheLastBound(String what, String script, Tenant tenant) {
        // Files in memory are for just-in-time compilers, too
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("{command: \"*\"}]", "{command: \"*\"}], allowJit: true"));

        ToolRun run = tenant.run(tool("python", script.replace("\\n", "\n")).withTimeout("50s"));

        assertThat(condition(run, "Finished").getReason()).as(what).isEqualTo("OutOfMemory");
        assertThat(run.getStatus().exitCode()).isEqualTo(137);
    }

    private static String script(String name) throws IOException {
        try (InputStream file = BoxAttackTest.class.getResourceAsStream("/attacks/" + name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
