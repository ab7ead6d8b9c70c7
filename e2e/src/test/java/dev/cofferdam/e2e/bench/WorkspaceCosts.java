package dev.cofferdam.e2e.bench;

import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.NodeVolume;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a workspace costs: a start beside many files, a change set, a commit; and that every program that a tool starts is looked at. On a volume of this machine. */
final class WorkspaceCosts {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int TIMES = 5;
    private static final int PROGRAMS = 200;
    private static final int FILES = 10_000;
    private static final int LARGE_MEBIBYTES = 100;
    private static final String CPU = "1";
    private static final String MEMORY = "512Mi";

    private static final String POLICY = """
            tools:
            - {name: "true", image: %1$s, command: ["true"]}
            - {name: python, image: %1$s, command: [python3, -c]}
            - {name: bash, image: %1$s, command: [bash, -c]}
            permissions:
              exec: {allow: [{command: "*"}]}
              storage: {allow: [{uri: "fs:///workspace/**", access: [read, write]}]}
              resources: {limits: {cpu: "%2$s", memory: %3$s, workspaceBytes: 200Mi, timeout: 300s}}
            workspace: {%4$s}
            """;

    /** Nanoseconds of one program's start and end. */
    private static final String STARTS =
            "s=$(date +%%s%%N); for i in $(seq %d); do /usr/bin/true; done; e=$(date +%%s%%N); echo $(((e - s) / %d))"
                    .formatted(PROGRAMS, PROGRAMS);

    private final Tenant tenant;

    WorkspaceCosts(Tenant tenant) {
        this.tenant = tenant;
    }

    /** How long it takes until a tool starts, by how many files its volume has. */
    String starts() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("files in the volume", "create → tool started, p50", "slowest"));
        policy("sources: [{inline: true}]");
        rows.add(row("no volume", RunRequest.tool("true")));
        for (int files : List.of(10, FILES, 10 * FILES)) {
            String claim = "files-" + files;
            policy(claimed(claim));
            try (NodeVolume volume = NodeVolume.of(tenant, claim)) {
                IntStream.range(0, files).forEach(at -> volume.with("d" + at % 100 + "/f" + at, "text\n"));
                rows.add(row(Integer.toString(files), RunRequest.tool("true").withClaim(claim, "")));
            }
        }
        return "Medians of %d, one after the other; the first of each is not counted.\n\n".formatted(TIMES)
                + Report.table(rows);
    }

    private List<String> row(String files, RunRequest request) {
        succeeded(tenant.run(request));
        Distribution all = Distribution.of(
                Stream.generate(() -> started(request)).limit(TIMES).toList());
        return List.of(files, Report.millis(all.p50()), Report.millis(all.percentile(100)));
    }

    private Duration started(RunRequest request) {
        Instant asked = Instant.now();
        ToolRun run = succeeded(tenant.run(request));
        return Duration.between(asked, Instant.parse(run.getStatus().execution().startedAt()));
    }

    /** How long it takes to find what a tool has changed and to bring it to the gateway, and then to write it into the volume. */
    String commits() {
        policy(claimed("changes"));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "the tool",
                "runs for",
                "found and brought to the gateway",
                "written: from the end to Committed",
                "rate"));
        try (NodeVolume _ = NodeVolume.of(tenant, "changes").with("d/first", "text")) {
            String many = "import os\nfor i in range(" + FILES
                    + "):\n os.makedirs('d%d' % (i % 100), exist_ok=True)\n open('d%d/f%d' % (i % 100, i), 'w').write('%s' + 'x' * 100)";
            rows.add(commit("adds " + FILES + " files of 100 bytes", many.replace("%s", "a"), FILES, "files/s"));
            rows.add(commit("changes all of these", many.replace("%s", "b"), FILES, "files/s"));
            rows.add(commit(
                    "adds a file of " + LARGE_MEBIBYTES + " MiB",
                    "import os\nf = open('large', 'wb')\nfor i in range(" + LARGE_MEBIBYTES
                            + "): f.write(os.urandom(1 << 20))",
                    LARGE_MEBIBYTES,
                    "MiB/s"));
        }
        return Report.table(rows)
                + "\nWritten means all of it: the committer's pod is made, started, has fetched and checked the contents, and every file is synced to the disk.\n";
    }

    private List<String> commit(String what, String script, int amount, String unit) {
        ToolRun run = tenant.create(
                RunRequest.tool("python", script).withClaim("changes", "").withCommit(Commit.OnSuccess));
        tenant.until(
                run,
                now -> now.getStatus() != null
                        && now.getStatus().conditions().stream()
                                .anyMatch(condition -> condition.getType().equals("Finished")
                                        && condition.getStatus().equals("True")));
        Instant ended = Instant.now();
        ToolRun committed = succeeded(tenant.finished(run));
        Duration written = Duration.between(ended, Instant.now());
        if (committed.getStatus().conditions().stream()
                .noneMatch(condition -> condition.getType().equals("Committed")
                        && condition.getStatus().equals("True"))) {
            throw new AssertionError("not committed:\n" + Serialization.asYaml(committed.getStatus()));
        }
        Duration ran = Duration.ofMillis(committed.getStatus().result().durationMillis());
        Duration found = Duration.between(
                        Instant.parse(committed.getStatus().execution().startedAt()),
                        Instant.parse(committed.getStatus().result().finishedAt()))
                .minus(ran);
        return List.of(
                what,
                Report.millis(ran),
                Report.millis(found),
                Report.millis(written),
                Math.round(amount / (written.toMillis() / 1000.0)) + " " + unit);
    }

    /** A program that starts and ends, in a run and in a bare gVisor pod of the same image and limits. */
    String programs() {
        policy("sources: [{inline: true}]");
        List<Duration> ours = new ArrayList<>();
        List<Duration> bare = new ArrayList<>();
        for (int time = 0; time < TIMES; time++) {
            ours.add(nanos(succeeded(tenant.run(RunRequest.tool("bash", STARTS)))
                    .getStatus()
                    .result()
                    .stdout()));
            bare.add(nanos(bare("programs-" + time)));
        }
        Distribution mine = Distribution.of(ours);
        Distribution theirs = Distribution.of(bare);
        return "\n"
                + Report.table(List.of(
                        List.of(
                                "bash starts `true` and waits for it, " + PROGRAMS + " times; medians of " + TIMES,
                                "in a run",
                                "in a bare gVisor pod",
                                "ratio"),
                        List.of(
                                "each",
                                micros(mine.p50()),
                                micros(theirs.p50()),
                                Report.number(Report.ratio(mine.p50(), theirs.p50())))));
    }

    private String bare(String name) {
        PlainPod pod = PlainPod.asARun(tenant, name, List.of("bash", "-c", STARTS), CPU, MEMORY);
        await().atMost(PATIENCE).until(() -> "Succeeded".equals(pod.phase()));
        return pod.said();
    }

    private static String micros(Duration duration) {
        return Report.number(duration.toNanos() / 1e6) + " ms";
    }

    private static Duration nanos(String text) {
        return Duration.ofNanos(Long.parseLong(text.strip()));
    }

    private void policy(String workspace) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(PlainPod.IMAGE, CPU, MEMORY, workspace));
    }

    private static String claimed(String claim) {
        return "sources: [{persistentVolumeClaim: {claimName: " + claim + "}}], commit: OnSuccess";
    }

    private static ToolRun succeeded(ToolRun run) {
        if (run.getStatus().phase() != Phase.Succeeded) {
            throw new AssertionError("the measured tool failed:\n" + Serialization.asYaml(run.getStatus()));
        }
        return run;
    }
}
