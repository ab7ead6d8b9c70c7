package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Budgets;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is told of a run while its tool is at work, and what a flood of denials costs. */
@ClusterTest
class MeanwhileTest {
    private static final String POLICY = """
            tools:
            - {name: python, image: cofferdam.local/python:1, command: [python3, -c]}
            - {name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}
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
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for i in range(%d):
                udp.sendto(b"x", ("192.0.2.%%d" %% (i %% 200 + 1), 9))
            for i in range(%d):
                tcp = socket.socket()
                try: tcp.connect(("192.0.2.%%d" %% (i %% 200 + 1), 80))
                except OSError: pass
                tcp.close()
            """.formatted(DATAGRAMS, CONNECTIONS);

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
    void aHundredThousandDenialsAreCountedAndCostLittle(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);
        int restarts = restarts();
        AtomicInteger updates = new AtomicInteger();
        ToolRun run = tenant.create(tool("python", FLOOD));
        try (var watch = tenant.client()
                .resources(ToolRun.class)
                .inNamespace(tenant.namespace())
                .withName(run.getMetadata().getName())
                .inform(counting(updates))) {
            // Given somebody else meanwhile
            assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);

            ToolRun ended = tenant.finished(run);

            // Then every one of them is counted, and what is kept of them is little
            assertThat(ended.getStatus().phase())
                    .as(Serialization.asYaml(ended.getStatus()))
                    .isEqualTo(Phase.Succeeded);
            List<AuditEvent> kept = GatewayEvents.of(ended, AuditEventType.NetworkAccess, AuditResult.Denied);
            AuditSource gateway = gateway(ended);
            await().atMost(Tenant.PATIENCE).untilAsserted(() -> {
                List<Map<String, Object>> lines = AuditStream.of(Names.GATEWAY, ended);
                assertThat(lines.stream()
                                .filter(line -> "Denied".equals(line.get("result")))
                                .mapToLong(AuditStream::times)
                                .sum())
                        .isEqualTo(DATAGRAMS + CONNECTIONS);
                assertThat(gateway.total()).isEqualTo(lines.size());
            });
            assertThat(kept).isNotEmpty();
            assertThat(gateway.total()).isLessThan(1000);
            assertThat(gateway.dropped())
                    .isEqualTo(gateway.total() - gateway.events().size());
            assertThat(Serialization.asJson(ended.getStatus().audit()).length()).isLessThan(Budgets.AUDIT_BYTES);

            // And of little cost for everybody else
            long seconds = Duration.between(
                            Instant.parse(ended.getStatus().execution().startedAt()),
                            Instant.parse(ended.getStatus().result().finishedAt()))
                    .toSeconds();
            assertThat(updates).hasValueLessThanOrEqualTo(UPDATES + (int) seconds / 10);
            assertThat(restarts()).isEqualTo(restarts);
        }
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

    private static int restarts() {
        return Tenant.systemPods(Names.GATEWAY).stream()
                .flatMap(pod -> pod.getStatus().getContainerStatuses().stream())
                .mapToInt(ContainerStatus::getRestartCount)
                .sum();
    }

    /** The one chain of a gateway that a run has. */
    static AuditSource gateway(ToolRun run) {
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
