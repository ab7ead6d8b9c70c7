package dev.cofferdam.e2e.bench;

import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.InstalledParts;
import dev.cofferdam.e2e.cluster.NodeProcesses;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** From the label on Cofferdam's own namespace until nothing is left of what ran: real runs that send bytes all the time, and others that are only pretended. */
final class KillSwitch implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Duration BAR = Duration.ofSeconds(5);

    /** Starting at a time: with so little of a processor each, all at once would take longer than a start may. */
    private static final int AGENTS = 16;

    private static final String POLICY = """
            tools: [{name: talk, image: cofferdam.local/python:1, command: [bash, -c]}]
            permissions:
              network: {allow: [{cidr: %s/32, port: %d, protocol: tcp}]}
              resources: {limits: {cpu: 20m, memory: 32Mi, timeout: 1800s}}
            """;

    /** Starts no program: so many that start one five times a second would be all that this machine does. */
    private static final String TALK =
            "echo begun; exec 3<>/dev/tcp/%s/%d; echo clock >&3; while echo x >&3; do read -t 0.2 -u 3; done";

    /** What else happens at that moment. */
    enum Beside {
        NOTHING("both parts work"),
        GATEWAY_DOWN("the gateway is down"),
        CONTROLLER_KILLED("the controller is killed as the label is set");

        private final String words;

        Beside(String words) {
            this.words = words;
        }
    }

    /** Ends when it is told to, as the supervisor does. */
    private static final List<String> IDLE = List.of("bash", "-c", "trap exit TERM; sleep 1800 & wait");

    static final List<String> HEAD = List.of(
            "",
            "last byte at the server",
            "last tool over",
            "last sandbox gone",
            "last status",
            "last pod of kwok gone",
            "bar",
            "");

    private final Tenant tenant;
    private final Simulation simulation;
    private final PlainPod server;

    /** @param simulation of the same tenant */
    KillSwitch(Tenant tenant, Simulation simulation) {
        this.tenant = tenant;
        this.simulation = simulation;
        server = PlainPod.server(tenant);
        tenant.policy("talkers", POLICY.formatted(server.address(), PlainPod.PORT));
    }

    List<String> measure(Beside beside, int talking, int simulated) {
        List<ToolRun> talkers = talkers(talking);
        List<String> held = simulation.hold(simulated);
        Pod controller = Tenant.systemPods(Names.CONTROLLER).getFirst();
        if (beside == Beside.GATEWAY_DOWN) {
            InstalledParts.scale(Names.GATEWAY, 0);
        }
        Instant set = Instant.now();
        Kubectl.kubectl("label", "namespace", Names.SYSTEM_NAMESPACE, Names.STATE_LABEL + "=Suspended");
        if (beside == Beside.CONTROLLER_KILLED) {
            NodeProcesses.signal("KILL", InstalledParts.process(controller));
        }
        Duration sandboxes = untilNoSandbox(set);
        List<String> real =
                talkers.stream().map(run -> run.getMetadata().getUid()).toList();
        Instant ended = last(Stream.concat(held.stream(), real.stream()).map(simulation::awaitEnd));
        Instant gone = last(held.stream().map(simulation::awaitPodGone));
        Duration lastByte = Duration.between(set, server.lastByte());
        Duration statuses = Duration.between(set, ended);
        resume(beside, controller);
        boolean met = sandboxes.compareTo(BAR) <= 0 && lastByte.compareTo(BAR) <= 0 && statuses.compareTo(BAR) <= 0;
        return List.of(
                beside.words,
                lastByte.isNegative() ? "0 ms" : Report.millis(lastByte),
                toolsOver(set, real),
                Report.millis(sandboxes),
                Report.millis(statuses),
                Report.millis(Duration.between(set, gone)),
                "≤ 5 s",
                Report.verdict(met));
    }

    /** As many pods that Cofferdam has no part in: one request deletes all, and no status is written. */
    List<String> measurePlain(int real, int simulated) {
        List<String> held = simulation.holdPlain(simulated);
        Crowd.each(
                real,
                AGENTS,
                "plain pods begun",
                i -> PlainPod.asARun(tenant, "idle-" + i, IDLE, "20m", "32Mi").untilRunning());
        Instant set = Instant.now();
        Kubectl.kubectl(
                "delete",
                "--raw",
                "/api/v1/namespaces/" + tenant.namespace() + "/pods?gracePeriodSeconds=5&labelSelector="
                        + PlainPod.SELECTOR.replace("=", "%3D"));
        Duration sandboxes = untilNoSandbox(set);
        Instant gone = last(held.stream().map(simulation::awaitGone));
        return List.of(
                "as many bare pods, by one DELETE",
                "",
                "",
                Report.millis(sandboxes),
                "",
                Report.millis(Duration.between(set, gone)),
                "",
                "");
    }

    private static Duration untilNoSandbox(Instant set) {
        await().atMost(PATIENCE)
                .pollInterval(LOOK)
                .until(() -> NodeProcesses.sandboxes().isEmpty());
        return Duration.between(set, Instant.now());
    }

    private static Instant last(Stream<Instant> times) {
        return times.max(Instant::compareTo).orElseThrow();
    }

    /** By the gateway's clock, when it was told that the last tool is over; nobody tells where there is no gateway. */
    private String toolsOver(Instant set, List<String> real) {
        List<Result> results = real.stream()
                .map(uid -> simulation.newest(uid).getStatus().result())
                .toList();
        return results.stream().anyMatch(Objects::isNull)
                ? ""
                : Report.millis(Duration.between(
                        set, last(results.stream().map(Result::finishedAt).map(Instant::parse))));
    }

    /** Runs whose bytes arrive. */
    private List<ToolRun> talkers(int count) {
        long known = server.clocks();
        List<ToolRun> talkers = new CopyOnWriteArrayList<>();
        Crowd.each(
                count,
                AGENTS,
                "runs talk",
                i -> talkers.add(tenant.begun(RunRequest.tool("talk", TALK.formatted(server.address(), PlainPod.PORT))
                        .withPolicy("talkers"))));
        await().atMost(PATIENCE).until(() -> server.clocks() >= known + count);
        return talkers;
    }

    private static void resume(Beside beside, Pod controller) {
        Kubectl.kubectl("label", "namespace", Names.SYSTEM_NAMESPACE, Names.STATE_LABEL + "-");
        switch (beside) {
            case NOTHING -> {}
            case GATEWAY_DOWN -> InstalledParts.scale(Names.GATEWAY, 1);
            case CONTROLLER_KILLED -> InstalledParts.awaitRestart(controller);
        }
    }

    @Override
    public void close() {
        Kubectl.kubectl("label", "namespace", Names.SYSTEM_NAMESPACE, Names.STATE_LABEL + "-");
    }
}
