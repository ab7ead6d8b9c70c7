package dev.cofferdam.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of docs/security/audit.md. */
class VerifyAuditTest {
    private static final Path PROGRAM = Path.of("../../docs/security/VerifyAudit.java");
    private static final List<String> ACTIONS = List.of("provide", "start", "exec", "exec", "exit");

    @TempDir
    private static Path classes;

    @TempDir
    private Path folder;

    private final List<String> lines = new ArrayList<>();
    private final List<String> heads = new ArrayList<>();

    private record Answer(int exitCode, String text) {}

    /** Once for all: {@code java VerifyAudit.java} does it each time. */
    @BeforeAll
    static void compile() {
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", classes.toString(), "-Xlint:all", "-Werror", PROGRAM.toString()))
                .isZero();
    }

    @Test
    void everyEditLossAndMoveIsFound() throws Exception {
        verified(0, "run-1 controller whole: 5 events\nrun-1 gateway/a whole: 5 events\n", all -> {});
        verified(
                1,
                "run-1 controller event 2 is not what it was",
                all -> all.replaceAll(line -> line.replace(
                        "controller\",\"seq\":2,\"detail\":{\"k\":\"1\"}",
                        "controller\",\"seq\":2,\"detail\":{\"k\":\"2\"}")));
        verified(
                1,
                "run-1 controller event 3 is missing",
                all -> all.removeIf(line -> line.contains("controller\",\"seq\":3,")));
        verified(
                1,
                "run-1 controller events 1 to 2 are missing",
                all -> all.removeIf(
                        line -> line.contains("controller\",\"seq\":1,") || line.contains("controller\",\"seq\":2,")));
        verified(
                1,
                "run-1 controller event 1 comes twice, or too late",
                all -> all.add(all.getFirst().replace("\"k\":\"1\"", "\"k\":\"2\"")));
        verified(1, "comes twice, or too late", all -> Collections.swap(all, 0, 3));
        verified(
                1,
                "run-1 gateway/a the stream ends at event 4, and the run has 5",
                all -> all.removeIf(line -> line.contains("gateway/a\",\"seq\":5,")));
        verified(
                1,
                "Interrupted: there is a beginning and no end",
                all -> all.removeIf(line -> line.contains("gateway/a\",\"seq\":5,")));
        verified(
                1,
                "run-1 gateway/a the stream ends at event 0",
                all -> all.removeIf(line -> line.contains("gateway/a")));
        verified(
                1,
                "event 5 has no hash",
                all -> all.replaceAll(line -> line.replaceFirst(",\"hash\":\"[^\"]*\"}$", "}")));
        verified(
                1, "event 1 is not what it was", all -> all.replaceAll(line -> line.replace("\"run-1\"", "\"run-2\"")));
    }

    /** Who goes on where another one was killed may write a line again; it says nothing new, and may stand anywhere behind itself. */
    @Test
    void theSameLineAgainIsTheSameEvent() throws Exception {
        verified(0, "run-1 controller whole: 5 events\n", all -> all.add(all.getFirst()));
        verified(0, "run-1 controller whole: 5 events\n", all -> all.addAll(List.copyOf(all)));
        verified(
                1,
                "run-1 controller event 1 comes twice, or too late",
                all -> all.add(
                        all.getFirst().replaceFirst("sha256:[0-9a-f]{8}(?=[0-9a-f]{56}\"}$)", "sha256:00000000")));
    }

    @Test
    void whoIsToldToStopIsNotInterrupted() throws Exception {
        write(1, List.of("start", "leave"));
        Files.write(folder.resolve("lines"), lines);
        Files.write(folder.resolve("heads"), heads);

        assertThat(verify().exitCode()).isZero();
    }

    /** Whoever writes the whole stream anew is found out by what the run's status says. */
    @Test
    void aStreamThatIsForgedAsAWholeIsNotTheOneOfTheStatus() throws Exception {
        write(1);
        heads.clear();
        Files.write(folder.resolve("lines"), lines);
        write(2);
        Files.write(folder.resolve("heads"), heads.subList(0, 2));

        Answer answer = verify();

        assertThat(answer.exitCode()).isOne();
        assertThat(answer.text()).contains("run-1 controller event 5 is not the one that the run's status vouches for");
    }

    private void verified(int exitCode, String says, Consumer<List<String>> change) throws Exception {
        lines.clear();
        heads.clear();
        write(1);
        change.accept(lines);
        Files.write(folder.resolve("lines"), lines);
        Files.write(folder.resolve("heads"), heads);

        Answer answer = verify();

        assertThat(answer.text()).contains(says);
        assertThat(answer.exitCode()).isEqualTo(exitCode);
    }

    /** Two sources of one run, their lines in turn, and other lines between. */
    private void write(int detail) {
        write(detail, ACTIONS);
    }

    private void write(int detail, List<String> actions) {
        AuditChain one = AuditChain.start("controller", "run-1", "p/t", "1@sha256:0");
        AuditChain other = AuditChain.start("gateway/a", "run-1", "p/t", "1@sha256:0");
        for (String action : actions) {
            one = append(one, action, detail);
            other = append(other, action, detail);
            lines.add(one.lastLine());
            lines.add(other.lastLine());
            lines.add("{\"level\":\"INFO\",\"message\":\"something else\"}");
        }
        for (AuditChain chain : List.of(one, other)) {
            heads.add("run-1 %s %d %s"
                    .formatted(
                            chain.state().source(),
                            chain.state().total(),
                            chain.state().head()));
        }
    }

    private static AuditChain append(AuditChain chain, String action, int detail) {
        return chain.append(
                Instant.EPOCH,
                AuditEventType.ProcessExec,
                "a \"run_uid\":\"run-9\",\"source\":\"x\",\"seq\":7,",
                action,
                AuditResult.Allowed,
                Map.of("k", Integer.toString(detail)));
    }

    private Answer verify() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classes.toString(),
                        "VerifyAudit",
                        folder.resolve("heads").toString())
                .redirectInput(folder.resolve("lines").toFile())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes());
        return new Answer(process.waitFor(), text);
    }
}
