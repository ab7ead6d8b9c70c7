package dev.cofferdam.e2e.bench;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.bench.Contest.PodState;
import dev.cofferdam.e2e.bench.Contest.RunState;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the time of a cold run goes, from every timestamp finer than a second that there is. */
final class Phases {
    private static final Path NONE = Path.of("");
    private static final Pattern LOGGED = Pattern.compile("time=\"([^\"]+)\".* msg=\"(.*)");
    private static final Pattern OPENED = Pattern.compile(
            "\\{\"timestamp\":\"([^\"]+)\".*\"message\":\"channel opened: run=\\S+ pod=([a-z0-9-]+)\".*");

    /** In their usual order; the claim and the scheduling go on at the same time. */
    private enum Step {
        DECIDED("the run is decided (`decision.time`)"),
        POD_MADE("a watch shows the pod"),
        SCHEDULED("a watch shows the pod on its node"),
        CLAIMED("a watch shows the claim"),
        SANDBOX_ASKED("the kubelet asks for the sandbox: volumes are there"),
        SANDBOX_MADE("the sandbox is there"),
        CONTAINER_STARTED("the container has started"),
        RUNNING("a watch shows the pod as Running"),
        CHANNEL_OPENED("the gateway has opened the run channel: identity, job"),
        TOOL_STARTED("the tool has started: box and start gate (`execution.startedAt`)"),
        RESULT("the gateway has the result (`result.finishedAt`)"),
        FACTS("a watch shows the facts"),
        ENDED("a watch shows the end");

        private final String text;

        Step(String text) {
            this.text = text;
        }
    }

    private final Map<Step, List<Duration>> ours = new EnumMap<>(Step.class);
    private final Map<Step, List<Duration>> bare = new EnumMap<>(Step.class);
    private final List<String> runtimeLog;
    private final List<String> gatewayLog;

    Phases(Contest contest, List<Trip> runs, List<Trip> pods) {
        runtimeLog = runtimeLog();
        gatewayLog = Tenant.systemPods(Names.GATEWAY).stream()
                .flatMap(pod -> Kubectl.kubectl(
                                "--namespace=" + Names.SYSTEM_NAMESPACE,
                                "logs",
                                pod.getMetadata().getName())
                        .text()
                        .lines())
                .toList();
        runs.forEach(trip -> run(contest, trip));
        pods.forEach(trip -> {
            pod(contest, bare, trip, trip.uid());
            note(bare, Step.ENDED, trip, Optional.of(trip.ended()));
        });
    }

    private void run(Contest contest, Trip trip) {
        ToolRun run = contest.runs().newest(trip.uid());
        String podUid = Contest.podUid(run);
        pod(contest, ours, trip, podUid);
        var status = run.getStatus();
        note(ours, Step.DECIDED, trip, Optional.of(status.decision().time()).map(Instant::parse));
        note(ours, Step.CLAIMED, trip, contest.runs().seen(trip.uid(), RunState.CLAIMED));
        note(ours, Step.CHANNEL_OPENED, trip, opened(status.sandbox().podName()));
        note(ours, Step.TOOL_STARTED, trip, Optional.of(trip.started()));
        note(ours, Step.RESULT, trip, Optional.of(status.result().finishedAt()).map(Instant::parse));
        note(ours, Step.FACTS, trip, contest.runs().seen(trip.uid(), RunState.FACTS));
        note(ours, Step.ENDED, trip, Optional.of(trip.ended()));
    }

    private void pod(Contest contest, Map<Step, List<Duration>> steps, Trip trip, String uid) {
        note(steps, Step.POD_MADE, trip, contest.pods().seen(uid, PodState.MADE));
        note(steps, Step.SCHEDULED, trip, contest.pods().seen(uid, PodState.SCHEDULED));
        note(steps, Step.RUNNING, trip, contest.pods().seen(uid, PodState.RUNNING));
        Pod pod = contest.pods().newest(uid);
        String name = pod.getMetadata().getName();
        note(steps, Step.SANDBOX_ASKED, trip, logged("RunPodSandbox for name:\\\"" + name + "\\\"", ""));
        note(steps, Step.SANDBOX_MADE, trip, logged("RunPodSandbox for name:\\\"" + name, "returns sandbox id"));
        String id = pod.getStatus().getContainerStatuses().getFirst().getContainerID();
        note(
                steps,
                Step.CONTAINER_STARTED,
                trip,
                logged("StartContainer for \\\"" + id.substring(id.indexOf("://") + 3), "returns successfully"));
    }

    private static void note(Map<Step, List<Duration>> steps, Step step, Trip trip, Optional<Instant> at) {
        at.ifPresent(instant ->
                steps.computeIfAbsent(step, s -> new ArrayList<>()).add(Duration.between(trip.asked(), instant)));
    }

    /** When the container runtime wrote a line that begins and goes on so. */
    private Optional<Instant> logged(String begins, String goesOn) {
        return runtimeLog.stream()
                .map(LOGGED::matcher)
                .filter(line -> line.matches()
                        && line.group(2).startsWith(begins)
                        && line.group(2).contains(goesOn))
                .findFirst()
                .map(line -> Instant.parse(line.group(1)));
    }

    private Optional<Instant> opened(String podName) {
        return gatewayLog.stream()
                .map(OPENED::matcher)
                .filter(Matcher::matches)
                .filter(line -> line.group(2).equals(podName))
                .findFirst()
                .map(line -> Instant.parse(line.group(1)));
    }

    /** The local cluster's; elsewhere these steps stay empty. */
    private static List<String> runtimeLog() {
        Path file = Optional.ofNullable(TestCluster.shared().kubeconfig().getParent())
                .map(Path::getParent)
                .map(state -> state.resolve("log/containerd.log"))
                .orElse(NONE);
        try {
            return Files.isRegularFile(file)
                    ? Files.readAllLines(file).stream()
                            .filter(line -> line.contains("RunPodSandbox") || line.contains("StartContainer"))
                            .toList()
                    : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** A row a step: how long after the creation, and after the row before. */
    String table() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("what has happened", "run, p50", "p95", "since the row above", "bare pod, p50", "p95"));
        Duration before = Duration.ZERO;
        for (Step step : Step.values()) {
            Duration above = before;
            Optional<Distribution> mine = distribution(ours, step);
            Optional<Distribution> theirs = distribution(bare, step);
            rows.add(List.of(
                    step.text,
                    cell(mine.map(Distribution::p50)),
                    cell(mine.map(Distribution::p95)),
                    cell(mine.map(Distribution::p50).map(at -> at.minus(above))),
                    cell(theirs.map(Distribution::p50)),
                    cell(theirs.map(Distribution::p95))));
            before = mine.map(Distribution::p50).orElse(before);
        }
        return Report.table(rows);
    }

    private static Optional<Distribution> distribution(Map<Step, List<Duration>> steps, Step step) {
        return Optional.ofNullable(steps.get(step)).map(Distribution::of);
    }

    private static String cell(Optional<Duration> duration) {
        return duration.map(Report::millis).orElse("");
    }
}
