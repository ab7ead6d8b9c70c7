package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.ErrorKind;
import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which programs a tool, and whatever it starts, may become. */
@ClusterTest
class ExecTest {
    private static final Path WAYS = Path.of("..", "sandbox-image", "boxtest", "programs.py");

    private static final String FORBIDDEN = "/usr/bin/curl";

    private static final String POLICY = """
            tools:
            - {name: python, image: cofferdam.local/python:1, command: [python3, -c]}
            - {name: bash, image: cofferdam.local/python:1, command: [bash, -c]}
            - {name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}
            permissions:
              exec: %s
              resources: {limits: {cpu: 500m, memory: 256Mi, timeout: 170s}}
            """;

    @Withstands(
            value =
                    "a tool starts a program that its policy does not name, in some twenty ways, or makes machine code of its own",
            at = Aim.Run,
            by = {Gate.Box},
            opened = "ExecTest.withEverythingAllowedTheSameWaysLeadThere")
    @Test
    void onlyNamedProgramsRunHoweverTheyAreStarted(Tenant tenant) throws IOException {
        // Given
        tenant.policy(Tenant.POLICY, POLICY.formatted("{allow: [{command: git}, {command: /usr/bin/python3}]}"));

        // When
        // The digest of a program that was told of in the last moment is not waited for
        ToolRun run = tenant.run(tool("python", Files.readString(WAYS) + "\nimport time\ntime.sleep(3)\n"));

        // Then
        Map<String, String> came = outcomes(run);
        assertThat(came).hasSizeGreaterThanOrEqualTo(30);
        came.forEach((way, outcome) -> {
            boolean named = way.equals("git, which is named") || way.equals("its own program");
            assertThat(outcome.equals("ran")).as(way + ": " + outcome).isEqualTo(named);
        });

        // And all of it is on record
        assertThat(run.getStatus().effective().exec()).containsExactly("/usr/bin/python3", "git");
        assertThat(execs(run, AuditResult.Denied, FORBIDDEN)).isEqualTo(8);
        assertThat(execs(run, AuditResult.Denied, "/usr/bin/dash")).isEqualTo(2);
        assertThat(execs(run, AuditResult.Denied, "/usr/bin/env")).isEqualTo(1);
        assertThat(execs(run, AuditResult.Allowed, "/usr/bin/git")).isEqualTo(2);
        assertThat(events(run))
                .allSatisfy(event -> assertThat(event.detail().get("sha256")).matches("[0-9a-f]{64}"));
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void withEverythingAllowedTheSameWaysLeadThere(Tenant tenant) throws IOException {
        tenant.policy(Tenant.POLICY, POLICY.formatted("{allow: [{command: \"*\"}], allowJit: true}"));

        ToolRun run = tenant.run(tool("python", Files.readString(WAYS)));

        assertThat(outcomes(run).entrySet().stream()
                        .filter(entry -> entry.getValue().equals("ran"))
                        .map(Map.Entry::getKey))
                .contains(
                        "another program",
                        "under the name git",
                        "by a shell",
                        "by env",
                        "by the loader",
                        "in a thread",
                        "as an orphan",
                        "by its descriptor",
                        "code in anonymous memory",
                        "code in memory that was written before",
                        "code in a changed copy of a file",
                        "code in a shared segment")
                .doesNotContain(
                        "a copy in /workspace", "an anonymous file", "a script of its own", "over its own code");
        assertThat(execs(run, AuditResult.Allowed, FORBIDDEN)).isGreaterThanOrEqualTo(8);
        assertThat(run.getStatus().effective().allowJit()).isTrue();
    }

    @Test
    void withoutARuleAToolIsAloneWithItsOwnProgram(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted("{}"));

        ToolRun run = tenant.run(tool("bash", "echo one; /usr/bin/true; echo $?; /usr/bin/bash -c 'echo its own'"));

        assertThat(run.getStatus().result().stdout()).isEqualTo("one\n137\nits own\n");
        assertThat(execs(run, AuditResult.Denied, "/usr/bin/true")).isEqualTo(1);
        assertThat(run.getStatus().exitCode()).isZero();
        assertThat(run.getStatus().effective().exec()).isEmpty();
    }

    @Test
    void aToolThatBecomesAnotherProgramEndsWithTheReason(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted("{allow: [{command: git}]}"));

        ToolRun run = tenant.run(tool("bash", "echo before; exec curl --version"));

        assertThat(condition(run, "Finished").getReason()).isEqualTo("ProgramNotAllowed");
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.ExternalCommandError);
        assertThat(run.getStatus().error().kind()).isEqualTo(ErrorKind.Capability);
        assertThat(run.getStatus().error().message()).contains(FORBIDDEN, "spec.permissions.exec.allow");
        assertThat(run.getStatus().exitCode()).isEqualTo(5);
        assertThat(run.getStatus().result().program()).isEqualTo(FORBIDDEN);
        assertThat(run.getStatus().result().stdout()).isEqualTo("before\n");
    }

    /** One file of the image, many programs. */
    @Test
    void aNameOfBusyboxIsNotTheOthers(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted("{allow: [{command: sleep}]}"));

        ToolRun run = tenant.run(
                shell("sleep 0; echo $?; nc --help 2>/dev/null; echo $?; busybox nc --help 2>/dev/null; echo $?"));

        assertThat(run.getStatus().result().stdout()).isEqualTo("0\n137\n137\n");
        assertThat(events(run))
                .filteredOn(event -> event.result() == AuditResult.Denied)
                .extracting(event -> event.detail().get("calledAs"))
                .containsExactlyInAnyOrder("nc", "busybox");
    }

    @Test
    void aFloodIsCountedExactly(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted("{allow: [{command: seq}]}"));

        ToolRun run = tenant.run(tool("bash", "for i in $(seq 60); do /usr/bin/curl; done 2>/dev/null; exit 3"));

        assertThat(run.getStatus().exitCode()).isEqualTo(3);
        assertThat(execs(run, AuditResult.Denied, FORBIDDEN)).isEqualTo(60);
        assertThat(events(run)).hasSizeLessThan(10);
    }

    private static Map<String, String> outcomes(ToolRun run) {
        assertThat(run.getStatus().result().stderr()).isNullOrEmpty();
        return run.getStatus()
                .result()
                .stdout()
                .lines()
                .map(line -> line.split(": ", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    private static long execs(ToolRun run, AuditResult result, String program) {
        return events(run).stream()
                .filter(event -> event.result() == result && event.resource().equals(program))
                .mapToLong(event -> Long.parseLong(event.detail().get("count")))
                .sum();
    }

    private static List<AuditEvent> events(ToolRun run) {
        return run.getStatus().audit().sources().stream()
                .flatMap(source -> source.events().stream())
                .filter(event -> "exec".equals(event.action()))
                .toList();
    }
}
