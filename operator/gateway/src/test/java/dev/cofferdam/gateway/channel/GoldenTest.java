package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Change;
import dev.cofferdam.api.v1alpha1.ChangedFile;
import dev.cofferdam.api.v1alpha1.EnvironmentVariable;
import dev.cofferdam.api.v1alpha1.FileKind;
import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.InlineFile;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.ReturnedState;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.gateway.channel.SupervisorFrame.Cause;
import dev.cofferdam.gateway.channel.SupervisorFrame.Stream;
import dev.cofferdam.policy.ExecGrant;
import dev.cofferdam.policy.Job;
import dev.cofferdam.policy.Limits;
import dev.cofferdam.policy.Origin;
import dev.cofferdam.policy.Programs;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The contract of the run channel, read from the files that the supervisor's tests read too. */
class GoldenTest {
    private static final Path GOLDEN = Path.of("../../sandbox-image/channel/golden");
    private static final String GATEWAY = "from-gateway-";
    private static final String SUPERVISOR = "from-supervisor-";

    /** A certificate of one that nobody has the key of. */
    private static final String AUTHORITY = """
            -----BEGIN CERTIFICATE-----
            MIIBxzCCAW2gAwIBAgIUOVtp53d1V3IkMB2pbzlxuMXqFTcwCgYIKoZIzj0EAwIw
            MDEuMCwGA1UEAwwlY29mZmVyZGFtIGluc3BlY3Rpb24gMDEyMzQ1Njc4OWFiY2Rl
            ZjAgFw0yNjExMjIwMjU0MTNaGA8yMTI2MTAyOTAyNTQxM1owMDEuMCwGA1UEAwwl
            Y29mZmVyZGFtIGluc3BlY3Rpb24gMDEyMzQ1Njc4OWFiY2RlZjBZMBMGByqGSM49
            AgEGCCqGSM49AwEHA0IABLcHr/LXRYLIogNUyMPnQkoS/7DV6ptxMcLTWONOfksC
            6dj9KWyxVvh+fpRd9pibvu4uugNeFAqHUsmWk4MfrxujYzBhMB0GA1UdDgQWBBSl
            z1YdwfUt73W18ovKxAkrr1hM+zAfBgNVHSMEGDAWgBSlz1YdwfUt73W18ovKxAkr
            r1hM+zAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAKBggqhkjOPQQD
            AgNIADBFAiEAuw9sXjmhNqgBK1kWrc4QHWuV7MDmrwZSLilRhhRJRWcCIGu4K7I4
            ZzSDSRSGj2B8EzjXki5xE8pInYRQyugPEjVd
            -----END CERTIFICATE-----
            """;

    private static final Map<String, GatewayFrame> FROM_GATEWAY = Map.of(
            "job",
            new GatewayFrame.Job(
                    "c2Vzc2lvbg",
                    new Job(
                            List.of("python3", "-c", "print('hello \"world\"\n🙂')"),
                            List.of(new EnvironmentVariable("LANG", "C.UTF-8"), new EnvironmentVariable("EMPTY", "")),
                            List.of("registry_token", "Key.2-b"),
                            new byte[] {(byte) 0xff, (byte) 0xfe, 'h', 'i', 0},
                            limits("256Mi", 10_000, 5_000, 64, 256, 65_536),
                            exec(true, "/usr/bin/python3", "git"),
                            new Job.Files(
                                    List.of(new GrantedFiles(
                                            "fs:///workspace/**", List.of(StorageAccess.Read, StorageAccess.Write))),
                                    List.of(
                                            new GrantedFiles("fs:///workspace/**/*.key", List.of(StorageAccess.Write)),
                                            new GrantedFiles(
                                                    "fs:///workspace/secrets",
                                                    List.of(StorageAccess.Read, StorageAccess.Write))),
                                    new Origin.Inline(List.of(
                                            new InlineFile("src/a \"b\".py", "print()\n"), new InlineFile("🙂", null))),
                                    List.of()),
                            Job.Network.NONE),
                    new Gate(
                            List.of(
                                    new Gate.Address("tcp", ":8444"),
                                    new Gate.Address("tcp", "10.96.0.1:443"),
                                    new Gate.Address("tcp", "10.0.0.7:10250"),
                                    new Gate.Address("tcp", "[fd00::a]:53"),
                                    new Gate.Address("udp", "[fd00::a]:53")),
                            Duration.ofSeconds(10)),
                    new Network(
                            "10.244.0.7:8443",
                            List.of(
                                    new Network.Rule("api.example.com", "", List.of("443"), "https"),
                                    new Network.Rule("*.example.org", "", List.of("80", "8000-8100"), "http"),
                                    new Network.Rule("", "203.0.113.0/24", List.of("5432"), "tcp"),
                                    new Network.Rule("", "2001:db8::/32", List.of("5432"), "tcp")),
                            List.of(
                                    new Network.Rule("*", "", List.of(), ""),
                                    new Network.Rule("", "203.0.113.8/32", List.of("5432"), "tcp"))),
                    AUTHORITY),
            "job-minimal",
            minimal(Job.Files.NONE),
            "job-volume",
            minimal(
                    new Job.Files(
                            List.of(),
                            List.of(),
                            new Origin.Volume("repo/src \"a\""),
                            List.of("report.md", "out/a \"b\""),
                            true),
                    new Network("10.244.0.7:8443", List.of(), List.of())),
            "job-configmap",
            minimal(new Job.Files(List.of(), List.of(), new Origin.FromConfigMap(), List.of())),
            "resumed",
            new GatewayFrame.Resumed("10.244.0.8:8443"),
            "stop",
            new GatewayFrame.Stop("Cancelled"),
            "freeze",
            new GatewayFrame.Freeze("Quarantined"),
            "stored",
            new GatewayFrame.Stored());

    private static final Map<String, SupervisorFrame> FROM_SUPERVISOR = fromSupervisor();

    /** A job with nothing but a workspace. */
    private static GatewayFrame.Job minimal(Job.Files files) {
        return minimal(files, Network.NONE);
    }

    private static GatewayFrame.Job minimal(Job.Files files, Network network) {
        return new GatewayFrame.Job(
                "s",
                new Job(
                        List.of("true"),
                        List.of(),
                        List.of(),
                        new byte[0],
                        limits("4Mi", 1, 0, 1, 16, 0),
                        exec(false),
                        files,
                        Job.Network.NONE),
                new Gate(List.of(new Gate.Address("tcp", ":8444")), Duration.ZERO),
                network,
                "");
    }

    @Test
    void everyFrameOfTheGatewayIsWrittenAsTheContractHasIt() throws IOException {
        ObjectMapper json = new ObjectMapper();
        for (Map.Entry<String, GatewayFrame> frame : FROM_GATEWAY.entrySet()) {
            String golden = Files.readString(GOLDEN.resolve(GATEWAY + frame.getKey() + ".json"));
            assertThat(json.readTree(frame.getValue().encode()))
                    .as(frame.getKey())
                    .isEqualTo(json.readTree(golden));
        }
    }

    @Test
    void everyFrameOfASupervisorIsReadAsTheContractHasIt() throws IOException {
        for (Map.Entry<String, SupervisorFrame> frame : FROM_SUPERVISOR.entrySet()) {
            String golden = Files.readString(GOLDEN.resolve(SUPERVISOR + frame.getKey() + ".json"));
            assertThat(new FrameDecoder().decode(golden))
                    .as(frame.getKey())
                    .usingRecursiveComparison()
                    .isEqualTo(new Decoded.Frame(frame.getValue()));
        }
    }

    @Test
    void everythingElseIsRefusedAndNeverEchoed() throws IOException {
        List<Path> refused = files(GOLDEN.resolve("refused"));
        assertThat(refused).isNotEmpty();
        for (Path file : refused) {
            assertThat(new FrameDecoder().decode(Files.readString(file)))
                    .as(file.toString())
                    .isInstanceOfSatisfying(
                            Decoded.Malformed.class,
                            malformed -> assertThat(malformed.rule())
                                    .doesNotContain("\n", "Won", "hello", "extra", "not base64!"));
        }
    }

    @Test
    void framesOverTheBoundAndDeepNestsAreRefused() {
        String big = "{\"type\":\"output\",\"stream\":\"stdout\",\"data\":\""
                + "A".repeat(FrameDecoder.FRAME_BYTES_MOST) + "\"}";
        String piece = "{\"type\":\"output\",\"stream\":\"stdout\",\"data\":\"" + "A".repeat(43_692 + 4) + "\"}";
        for (String text : List.of(
                big,
                piece,
                "[".repeat(60_000),
                "{\"a\":".repeat(10_000),
                "",
                "null",
                "\"started\"",
                "{\"type\":null}")) {
            assertThat(new FrameDecoder().decode(text)).isInstanceOf(Decoded.Malformed.class);
        }
    }

    @Test
    void noFileIsUnread() throws IOException {
        TreeSet<String> known = new TreeSet<>();
        FROM_GATEWAY.keySet().forEach(name -> known.add(GATEWAY + name + ".json"));
        FROM_SUPERVISOR.keySet().forEach(name -> known.add(SUPERVISOR + name + ".json"));
        known.add("refused");
        assertThat(files(GOLDEN).stream().map(file -> file.getFileName().toString()))
                .containsExactlyInAnyOrderElementsOf(known);
    }

    private static SupervisorFrame.Event attempt(
            String resource, String action, String protocol, Cause cause, String count) {
        return new SupervisorFrame.Event(
                AuditEventType.NetworkAccess,
                resource,
                action,
                cause.result(),
                Map.of("cause", cause.name(), "count", count, "protocol", protocol));
    }

    private static Map<String, SupervisorFrame> fromSupervisor() {
        Map<String, SupervisorFrame> frames = new HashMap<>();
        frames.put("started", new SupervisorFrame.Started());
        frames.put(
                "output-stdout", new SupervisorFrame.Output(Stream.stdout, "hello\n".getBytes(StandardCharsets.UTF_8)));
        frames.put(
                "output-stderr", new SupervisorFrame.Output(Stream.stderr, new byte[] {(byte) 0xff, 0, (byte) 0xfe}));
        frames.put(
                "changes",
                new SupervisorFrame.Changes(
                        true,
                        2,
                        1,
                        1,
                        "sha256:" + "0f".repeat(32),
                        List.of(
                                new ChangedFile("a \"b\".py", Change.Added, FileKind.File, "0755", "01".repeat(32), 6L),
                                new ChangedFile("old", Change.Deleted, null, null, null, null),
                                new ChangedFile("soft", Change.Added, FileKind.Symlink, "0777", "23".repeat(32), 1L),
                                new ChangedFile("src/🙂", Change.Modified, FileKind.File, "0644", "45".repeat(32), 0L)),
                        List.of(
                                new SupervisorFrame.Violation("a\\nb", "NameInvalid"),
                                new SupervisorFrame.Violation("x.key", "NotGranted")),
                        3,
                        Optional.of(new SupervisorFrame.Contents("67".repeat(32), 3072))));
        frames.put(
                "changes-unknown",
                new SupervisorFrame.Changes(false, 0, 0, 0, "", List.of(), List.of(), 0, Optional.empty()));
        frames.put(
                "result-exited",
                Results.exited(42).wrote(10_485_760, 3).took(41, 30, 7_340_032).result());
        frames.put("result-signaled", Results.signaled(11).took(5, 1, 1_048_576).result());
        frames.put(
                "result-boxfailed",
                Results.of(Outcome.BoxFailed).step("mount-proc").result());
        frames.put(
                "result-networknotisolated",
                Results.of(Outcome.NetworkNotIsolated)
                        .open("tcp/10.96.0.1:443")
                        .wrote(6, 0)
                        .took(5012, 10, 1_048_576)
                        .result());
        frames.put(
                "result-programnotallowed",
                Results.of(Outcome.ProgramNotAllowed)
                        .program("/usr/bin/curl")
                        .took(12, 10, 1_048_576)
                        .result());
        frames.put(
                "event-allowed",
                new SupervisorFrame.Event(
                        AuditEventType.ProcessExec,
                        "/usr/bin/git",
                        "exec",
                        AuditResult.Allowed,
                        Map.of("count", "1", "sha256", "0123456789abcdef".repeat(4))));
        frames.put(
                "event-denied",
                new SupervisorFrame.Event(
                        AuditEventType.ProcessExec,
                        "/bin/busybox",
                        "exec",
                        AuditResult.Denied,
                        Map.of("calledAs", "nc", "count", "100000", "sha256", "fedcba9876543210".repeat(4))));
        frames.put(
                "event-unreadable",
                new SupervisorFrame.Event(
                        AuditEventType.ProcessExec,
                        "other programs",
                        "exec",
                        AuditResult.Denied,
                        Map.of("count", "7")));
        frames.put("event-connect", attempt("169.254.169.254:80", "connect", "tcp", Cause.NotAllowed, "1"));
        frames.put("event-resolve", attempt("evil.example", "resolve", "dns", Cause.NotAllowed, "2"));
        frames.put("event-otheraddresses", attempt("other addresses", "connect", "udp", Cause.NotAllowed, "100000"));
        frames.put("event-connect-noroom", attempt("api.example.com:443", "connect", "tcp", Cause.NoRoom, "20"));
        frames.put("event-resolve-noroom", attempt("a4097.example.com", "resolve", "dns", Cause.NoRoom, "1"));
        frames.put(
                "event-unreachable", attempt("api.example.com:443", "connect", "tcp", Cause.GatewayUnreachable, "3"));
        frames.put("event-abandoned", attempt("203.0.113.9:5432", "connect", "tcp", Cause.Abandoned, "1"));
        frames.put("result-secretmissing", secrets(Outcome.SecretMissing, "registry_token", "Key.2-b"));
        frames.put("result-secrettoolarge", secrets(Outcome.SecretTooLarge, "registry_token"));
        frames.put(
                "outputs",
                new SupervisorFrame.Outputs(List.of(
                        file(ReturnedState.Present, "hello\n"),
                        file(ReturnedState.Missing, ""),
                        file(ReturnedState.Present, ""),
                        file(ReturnedState.TooLarge, ""),
                        file(ReturnedState.NotAFile, ""),
                        file(ReturnedState.Unknown, ""))));
        frames.put("result-workspacemissing", result(Outcome.WorkspaceMissing, 0, 0, 0));
        frames.put("result-workspacetoolarge", result(Outcome.WorkspaceTooLarge, 0, 0, 0));
        frames.put(
                "result-workspacenotreadable",
                Results.of(Outcome.WorkspaceNotReadable)
                        .paths("a\\nb", "src/key 🙂")
                        .result());
        frames.put("result-frozen", result(Outcome.Frozen, 700, 10, 1_048_576));
        frames.put("result-stopped", result(Outcome.Stopped, 700, 10, 1_048_576));
        frames.put("result-cputimeexceeded", result(Outcome.CpuTimeExceeded, 2600, 5020, 1_048_576));
        frames.put("result-timedout", result(Outcome.TimedOut, 2000, 10, 1_048_576));
        frames.put("result-toolnotfound", result(Outcome.ToolNotFound, 0, 0, 0));
        frames.put("result-toolnotexecutable", result(Outcome.ToolNotExecutable, 0, 0, 0));
        return frames;
    }

    private static SupervisorFrame.OutputFile file(ReturnedState state, String content) {
        return new SupervisorFrame.OutputFile(state, content.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static SupervisorFrame.Result secrets(Outcome outcome, String... names) {
        return result(outcome, 0, 0, 0, names);
    }

    private static SupervisorFrame.Result result(
            Outcome outcome, long duration, long cpu, long memory, String... secrets) {
        return Results.of(outcome).secrets(secrets).took(duration, cpu, memory).result();
    }

    private static ExecGrant exec(boolean allowJit, String... commands) {
        return new ExecGrant(new Programs(new TreeSet<>(List.of(commands))), allowJit);
    }

    private static Limits limits(
            String memory, long millis, long cpuMillis, int processes, int openFiles, int outputBytes) {
        Limits usual = new Limits(
                new Quantity("1"), new Quantity(memory), Duration.ofMillis(millis), processes, openFiles, outputBytes);
        return new Limits(
                usual.cpu(),
                usual.memory(),
                usual.timeout(),
                Optional.of(Duration.ofMillis(cpuMillis)).filter(Duration::isPositive),
                processes,
                openFiles,
                outputBytes,
                usual.workspaceBytes(),
                usual.traffic());
    }

    private static List<Path> files(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }
}
