package dev.cofferdam.e2e.bench;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The way out of a sandbox, by the gateway, beside the same program in a bare gVisor pod that connects directly; and a server in a pod that both lead to. */
final class Passage {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int PORT = PlainPod.PORT;
    private static final int CONNECTIONS = 200;
    private static final int REQUESTS = 1000;
    /** Until the gateway is as quick as it will be: its compilers know its way after some 1500 connections. */
    private static final int ROUNDS_BEFORE = 8;

    private static final int IDLE_RUNS = 8;
    private static final int IDLE_EACH = 125;

    private static final String POLICY = """
            tools: [{name: python, image: %s, command: [python3, -c]}]
            permissions:
              network: {allow: [{cidr: %s/32, port: %d, protocol: tcp}]}
              resources: {limits: {cpu: %s, memory: %s, timeout: 300s}}
            """;

    private final Tenant tenant;
    private final PlainPod server;

    Passage(Tenant tenant) {
        this.tenant = tenant;
        this.server = PlainPod.server(tenant);
        policy("500m", "256Mi", PORT);
    }

    /** @param port of the server that is granted */
    private void policy(String cpu, String memory, int port) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(PlainPod.IMAGE, server.address(), port, cpu, memory));
    }

    /** How long a connection and its first answer take, and how long an answer on an open one. */
    String latencies() {
        Distribution first =
                distribution(json(tunnelled("latency", CONNECTIONS, REQUESTS)).path("connect"));
        for (int round = 0; round < ROUNDS_BEFORE; round++) {
            tunnelled("latency", CONNECTIONS, REQUESTS);
        }
        JsonNode direct = json(direct("latency", CONNECTIONS, REQUESTS));
        JsonNode tunnel = json(tunnelled("latency", CONNECTIONS, REQUESTS));
        return Report.table(List.of(
                        List.of(
                                "",
                                "by the gateway p50",
                                "p99",
                                "directly p50",
                                "p99",
                                "added, p50",
                                "p99",
                                "bar of p50",
                                ""),
                        row("connect and first answer", tunnel.path("connect"), direct.path("connect")),
                        row("an answer on an open connection", tunnel.path("request"), direct.path("request"))))
                + """

                The gateway was started for this measurement, and a JVM is slow at first: its first %d connections took %s at the median. Before those of the table %d more went by.
                """.formatted(CONNECTIONS, micros(first.p50()), CONNECTIONS * ROUNDS_BEFORE);
    }

    private static List<String> row(String what, JsonNode tunnel, JsonNode direct) {
        Distribution by = distribution(tunnel);
        Distribution without = distribution(direct);
        Duration added = by.p50().minus(without.p50());
        return List.of(
                what,
                micros(by.p50()),
                micros(by.percentile(99)),
                micros(without.p50()),
                micros(without.percentile(99)),
                micros(added),
                micros(by.percentile(99).minus(without.percentile(99))),
                "≤ 2 ms",
                Report.verdict(added.compareTo(Duration.ofMillis(2)) <= 0));
    }

    /** How many bytes come a second, by one connection and by many at once, and what they cost each part, for pods with less and with more of a processor. */
    String throughput() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "limit of the pod",
                "",
                "one connection",
                Throughput.CONNECTIONS + " at once",
                "processor of the pod, s a GiB",
                "of the gateway",
                "of the server"));
        // As above: of many bytes at once it has carried none yet.
        tunnelled("throughput", Throughput.CONNECTIONS, Throughput.BYTES_EACH, 0);
        for (String cpu : List.of("500m", "1")) {
            policy(cpu, "256Mi", PORT);
            String[] arguments =
                    arguments("throughput", Throughput.CONNECTIONS, Throughput.BYTES_EACH, Throughput.PAUSE_SECONDS);
            Throughput direct = Throughput.of(bare("throughput-" + cpu, cpu, arguments), server);
            ToolRun run = tenant.create(RunRequest.tool("python", arguments));
            Throughput tunnel = Throughput.of(pod(run), server);
            tenant.finished(run);
            rows.add(direct.row(cpu, "directly"));
            rows.add(tunnel.row(cpu, "by the gateway"));
            rows.add(List.of(
                    cpu,
                    "ratio",
                    Report.number(tunnel.one() / direct.one()),
                    Report.number(tunnel.many() / direct.many()) + "; bar ≥ 0.70: "
                            + Report.verdict(tunnel.many() >= 0.7 * direct.many()),
                    Report.number(direct.sandbox() / tunnel.sandbox()),
                    "",
                    ""));
        }
        return Report.table(rows) + """

                Where a pod's limit is what holds it up, bytes come in inverse proportion to what each of them costs the pod: the ratio of the costs is then that of the
                rates. What a tunnel costs a pod is what the bare one has, the tool and the way into its gVisor, and then the supervisor, TLS, and the way through gVisor's
                own loopback to the tool.
                """;
    }

    private PlainPod pod(ToolRun run) {
        return new PlainPod(
                tenant,
                await().atMost(PATIENCE)
                        .until(
                                () -> tenant.pod(run),
                                pod -> pod.isPresent() && pod.get().getSpec().getNodeName() != null)
                        .orElseThrow());
    }

    /** What the gateway's memory is while many tunnels are open and silent. */
    String idle() {
        policy("100m", "64Mi", PORT);
        Consumption before = Consumption.of(Names.GATEWAY);
        long opened = server.connections();
        List<ToolRun> runs = IntStream.range(0, IDLE_RUNS)
                .mapToObj(i -> tenant.create(RunRequest.tool(
                        "python", PlainPod.script("idle.py"), server.address(), "" + PORT, "" + IDLE_EACH)))
                .toList();
        await().atMost(PATIENCE).until(() -> server.connections() >= opened + IDLE_RUNS * IDLE_EACH);
        Consumption open = Consumption.of(Names.GATEWAY);
        runs.forEach(tenant::cancel);
        runs.forEach(tenant::finished);
        Consumption after = Consumption.of(Names.GATEWAY);
        return "\nMemory of the gateway (anonymous): %s before, %s with %d idle tunnels of %d runs, %s when these are over.\n"
                .formatted(before.mebibytes(), open.mebibytes(), IDLE_RUNS * IDLE_EACH, IDLE_RUNS, after.mebibytes());
    }

    /** From the edit of a policy until the last byte that the server got by what is no longer granted. */
    String revocations(int times) {
        List<Duration> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            policy("500m", "256Mi", PORT);
            long known = server.clocks();
            ToolRun run = tenant.create(
                    RunRequest.tool("python", PlainPod.script("revoked.py"), server.address(), "" + PORT));
            await().atMost(PATIENCE).until(() -> server.clocks() > known + 5);
            Instant edited = Instant.now();
            policy("500m", "256Mi", PORT + 1);
            ToolRun ended = tenant.finished(run);
            if (ended.getStatus().phase() != Phase.Succeeded) {
                throw new AssertionError(
                        "the tool should only have lost its way out:\n" + Serialization.asYaml(ended.getStatus()));
            }
            Instant last = server.lastByte();
            all.add(last.isBefore(edited) ? Duration.ZERO : Duration.between(edited, last));
        }
        Duration longest = Distribution.of(all).percentile(100);
        return """

                A tool sends a byte every 50 ms by a connection that stays open and by one that is new each time. From the moment before the policy is edited until
                the last of these bytes reached the server, %d times: %s at the median, %s at most; the bar is 1 s: %s.
                """.formatted(
                        times,
                        Report.millis(Distribution.of(all).p50()),
                        Report.millis(longest),
                        Report.verdict(longest.compareTo(Duration.ofSeconds(1)) <= 0));
    }

    private String tunnelled(String script, int... numbers) {
        ToolRun run = tenant.run(RunRequest.tool("python", arguments(script, numbers)));
        if (run.getStatus().phase() != Phase.Succeeded) {
            throw new AssertionError("the measuring tool failed:\n" + Serialization.asYaml(run.getStatus()));
        }
        return run.getStatus().result().stdout();
    }

    private String direct(String script, int... numbers) {
        PlainPod pod = bare(script, "500m", arguments(script, numbers));
        await().atMost(PATIENCE).until(() -> "Succeeded".equals(pod.phase()));
        return pod.said();
    }

    private PlainPod bare(String name, String cpu, String... arguments) {
        List<String> command =
                Stream.concat(Stream.of("python3", "-c"), Stream.of(arguments)).toList();
        PlainPod created = PlainPod.create(tenant, "direct-" + name, "runtimeClassName: gvisor", command, cpu);
        await().atMost(PATIENCE).until(() -> !"Pending".equals(created.phase()));
        return created.asItIs();
    }

    private String[] arguments(String script, int... numbers) {
        return Stream.concat(
                        Stream.of(PlainPod.script(script + ".py"), server.address(), "" + PORT),
                        IntStream.of(numbers).mapToObj(Integer::toString))
                .toArray(String[]::new);
    }

    private static Distribution distribution(JsonNode nanos) {
        return Distribution.of(StreamSupport.stream(nanos.spliterator(), false)
                .map(each -> Duration.ofNanos(each.asLong()))
                .toList());
    }

    private static String micros(Duration duration) {
        return Report.number(duration.toNanos() / 1e6) + " ms";
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
