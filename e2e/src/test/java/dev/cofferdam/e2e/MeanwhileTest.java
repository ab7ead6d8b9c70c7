package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Budgets;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is told of a run while its tool is at work, and what a flood of denials costs. */
@ClusterTest
class MeanwhileTest {
    private static final String POLICY = """
            tools:
            - {name: python, image: cofferdam.local/python:1, command: [python3, -c]}
            permissions: {resources: {limits: {cpu: "1", memory: 128Mi, timeout: 600s}}}
            """;
    private static final String REFUSED = "192.0.2.1:80";

    private static final String KNOCKS = """
            import socket, time
            for _ in range(3):
                try: socket.create_connection(("192.0.2.1", 80))
                except OSError: pass
            print("begun", flush=True)
            time.sleep(500)
            """;

    private static final int DATAGRAMS = 90_000;
    private static final int CONNECTIONS = 10_000;

    private static final String FLOOD = """
            import socket
            print("begun", flush=True)
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for i in range(%d):
                udp.sendto(b"x", ("192.0.2.%%d" %% (i %% 200 + 1), 9))
            for i in range(%d):
                tcp = socket.socket()
                try: tcp.connect(("192.0.2.%%d" %% (i %% 200 + 1), 80))
                except OSError: pass
                tcp.close()
            """.formatted(DATAGRAMS, CONNECTIONS);

    /** What a box lets through that the gateway refuses all the same. */
    private static final String GATEWAYS =
            "network: {allow: [{cidr: 192.0.2.0/30, port: 80, protocol: http, http: {methods: [GET]}}, {cidr: 192.0.2.0/30, port: 443, protocol: https}], deny: [{cidr: 192.0.2.2/32}]}, ";

    private static final String OTHERS = "others";

    private static final int KNOCKS_OF_A_KIND = 150;

    /** Claim, the tool runs, facts, end; and each of what may be told apart on a slow machine: that it is slow to be scheduled or to start, the image's digest. */
    private static final int UPDATES = 10;

    @Test
    void whatAToolIsDeniedIsInTheStatusWhileItIsAtWork(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);

        ToolRun run = tenant.begun(tool("python", KNOCKS));

        // Then: first that it was denied, a little later how often
        ToolRun meanwhile = tenant.until(run, now -> denied(now) == 3);
        assertThat(meanwhile.getStatus().result()).isNull();
        assertThat(meanwhile.getStatus().execution().startedAt()).isNotBlank();
        assertThat(tenant.kubectl("describe", "toolrun", run.getMetadata().getName())
                        .text())
                .contains(REFUSED, "NetworkAccess", "Denied");

        // And its end has the same once, in one chain
        tenant.cancel(run);
        ToolRun ended = tenant.finished(run);
        assertThat(denied(ended)).isEqualTo(3);
        assertThat(ended.getStatus().execution().events()).isNull();
        AuditSource gateway = gateway(ended);
        assertThat(gateway.total()).isEqualTo(gateway.events().size());
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(AuditStream.of(Names.GATEWAY, ended))
                        .hasSize(gateway.events().size()));
    }

    @Test
    void aHundredThousandDenialsOfTheBoxAreCountedAndCostLittle(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);

        ToolRun ended = flooded(tenant, tool("python", FLOOD), DATAGRAMS + CONNECTIONS);

        assertThat(gateway(ended).total()).isLessThan(1000);
    }

    /** Each of them is a stream of its own to the gateway, so there are fewer in the same time. */
    @Test
    void hundredsOfDenialsOfTheGatewayAreCountedAndCostLittle(Tenant tenant) {
        tenant.policy(
                Tenant.POLICY,
                POLICY.replace("permissions: {", "permissions: {" + GATEWAYS).replace("cpu: \"1\"", "cpu: 500m"));

        ToolRun ended = flooded(
                tenant,
                tool("python", Scripts.of("knocks.py"), Integer.toString(KNOCKS_OF_A_KIND), "192.0.2.1", "192.0.2.2"),
                4 * KNOCKS_OF_A_KIND);

        // Then each was refused as the tool saw it, and told
        assertThat(ended.getStatus().result().stdout().lines())
                .containsExactly(
                        "begun",
                        KNOCKS_OF_A_KIND + " address reset",
                        KNOCKS_OF_A_KIND + " host HTTP/1.1 403 Forbidden",
                        KNOCKS_OF_A_KIND + " method HTTP/1.1 403 Forbidden",
                        KNOCKS_OF_A_KIND + " protocol reset");
        assertThat(denied(AuditStream.of(Names.GATEWAY, ended).stream())
                        .collect(Collectors.groupingBy(
                                line -> (String) line.get("action"), Collectors.summingLong(AuditStream::times))))
                .isEqualTo(Map.of("connect", 2L * KNOCKS_OF_A_KIND, "request", 2L * KNOCKS_OF_A_KIND));
        assertThat(gateway(ended).total()).isBetween(4L * KNOCKS_OF_A_KIND, 4L * KNOCKS_OF_A_KIND + 200);
    }

    /** Returns a run that does nothing but what is denied, so often, when it has ended and is on record, and others have not suffered. */
    private static ToolRun flooded(Tenant tenant, RunRequest flood, int denials) {
        List<String> health = health();
        AtomicInteger updates = new AtomicInteger();
        // There is room for it on a small node, too: a flood has a whole processor
        tenant.policy(OTHERS, Tenant.TOOLS);
        ToolRun run = tenant.create(flood);
        try (var watch = tenant.client()
                .resources(ToolRun.class)
                .inNamespace(tenant.namespace())
                .withName(run.getMetadata().getName())
                .inform(counting(updates))) {
            // Given somebody else meanwhile
            tenant.begunOf(run);
            assertThat(tenant.run(shell("true").withPolicy(OTHERS)).getStatus().phase())
                    .isEqualTo(Phase.Succeeded);
            assertThat(tenant.resource(run).get().getStatus().result())
                    .as("the flood went on")
                    .isNull();

            ToolRun ended = tenant.finished(run);

            // Then every one of them is counted, and what is kept of them is little
            assertThat(ended.getStatus().phase())
                    .as(Serialization.asYaml(ended.getStatus()))
                    .isEqualTo(Phase.Succeeded);
            AuditSource gateway = gateway(ended);
            await().atMost(Tenant.PATIENCE).untilAsserted(() -> {
                List<Map<String, Object>> lines = AuditStream.of(Names.GATEWAY, ended);
                assertThat(gateway.total()).isEqualTo(lines.size());
                assertThat(denied(lines.stream()).mapToLong(AuditStream::times).sum())
                        .isEqualTo(denials);
                assertThat(gateway.denied()).isEqualTo(denied(lines.stream()).count());
            });
            assertThat(GatewayEvents.of(ended, AuditEventType.NetworkAccess, AuditResult.Denied))
                    .isNotEmpty();
            assertThat(gateway.dropped())
                    .isEqualTo(gateway.total() - gateway.events().size());
            assertThat(Serialization.asJson(ended.getStatus().audit()).length()).isLessThan(Budgets.AUDIT_BYTES);

            // And of little cost for everybody else
            long seconds = Duration.between(
                            Instant.parse(ended.getStatus().execution().startedAt()),
                            Instant.parse(ended.getStatus().result().finishedAt()))
                    .toSeconds();
            assertThat(updates).hasValueLessThanOrEqualTo(UPDATES + (int) seconds / 10);
            assertThat(health()).isEqualTo(health);
            return ended;
        }
    }

    private static Stream<Map<String, Object>> denied(Stream<Map<String, Object>> lines) {
        return lines.filter(line -> "Denied".equals(line.get("result")));
    }

    private static ResourceEventHandler<ToolRun> counting(AtomicInteger updates) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(ToolRun run) {}

            @Override
            public void onUpdate(ToolRun before, ToolRun now) {
                updates.incrementAndGet();
            }

            @Override
            public void onDelete(ToolRun run, boolean finalStateUnknown) {}
        };
    }

    /** How often each of the gateways has restarted, and since when it is ready. */
    private static List<String> health() {
        return Tenant.systemPods(Names.GATEWAY).stream()
                .map(Pod::getStatus)
                .map(status -> status.getContainerStatuses().getFirst().getRestartCount() + " "
                        + status.getConditions().stream()
                                .filter(condition -> condition.getType().equals("Ready"))
                                .map(condition -> condition.getStatus() + " " + condition.getLastTransitionTime())
                                .toList())
                .toList();
    }

    private static AuditSource gateway(ToolRun run) {
        return run.getStatus().audit().sources().stream()
                .filter(source -> source.source().startsWith("gateway/"))
                .reduce((one, other) -> {
                    throw new AssertionError("two chains: "
                            + Serialization.asYaml(run.getStatus().audit()));
                })
                .orElseThrow();
    }

    /** How often the tool was denied that place, by what the run keeps. */
    private static long denied(ToolRun run) {
        return run.getStatus() == null || run.getStatus().audit() == null
                ? 0
                : GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Denied).stream()
                        .filter(event -> event.resource().equals(REFUSED))
                        .mapToLong(event -> Long.parseLong(event.detail().get("count")))
                        .sum();
    }
}
