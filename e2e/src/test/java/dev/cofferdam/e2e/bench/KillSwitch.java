package dev.cofferdam.e2e.bench;

import static org.awaitility.Awaitility.await;

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
            tools: [{name: talk, image: cofferdam.local/shell:1, command: [sh, -c]}]
            permissions:
              exec: {allow: [{command: nc}, {command: sleep}]}
              network: {allow: [{cidr: %s/32, port: %d, protocol: tcp}]}
              resources: {limits: {cpu: 20m, memory: 32Mi, timeout: 1800s}}
            """;

    private static final String TALK =
            "echo begun; { echo clock; while :; do echo x; sleep 0.2; done; } | nc %s %d >/dev/null";

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

    static final List<String> HEAD = List.of(
            "", "last byte at the server", "last sandbox gone", "last status", "last pod of kwok gone", "bar", "");

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

    List<String> measure(Beside beside, int real, int simulated) {
        List<ToolRun> talkers = talkers(real);
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
        await().atMost(PATIENCE)
                .pollInterval(LOOK)
                .until(() -> NodeProcesses.sandboxes().isEmpty());
        Duration sandboxes = Duration.between(set, Instant.now());
        Instant ended = Stream.concat(
                        held.stream(),
                        talkers.stream().map(run -> run.getMetadata().getUid()))
                .map(simulation::awaitEnd)
                .max(Instant::compareTo)
                .orElseThrow();
        Instant gone = held.stream()
                .map(simulation::awaitPodGone)
                .max(Instant::compareTo)
                .orElseThrow();
        Duration lastByte = Duration.between(set, server.lastByte());
        Duration statuses = Duration.between(set, ended);
        resume(beside, controller);
        boolean met = sandboxes.compareTo(BAR) <= 0 && lastByte.compareTo(BAR) <= 0 && statuses.compareTo(BAR) <= 0;
        return List.of(
                beside.words,
                lastByte.isNegative() ? "0 ms" : Report.millis(lastByte),
                Report.millis(sandboxes),
                Report.millis(statuses),
                Report.millis(Duration.between(set, gone)),
                "≤ 5 s",
                Report.verdict(met));
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
