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
import dev.cofferdam.e2e.tenant.Kubectl;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What a flood of denials costs. Alone: it takes half of a small node, and somebody else must be seen to come through beside it. */
@ClusterTest
@Isolated
class FloodTest {
    private static final String POLICY = """
            tools:
            - {name: python, image: cofferdam.local/python:1, command: [python3, -c]}
            permissions: {resources: {limits: {cpu: "1", memory: 128Mi, timeout: 600s}}}
            """;

    private static final String OTHERS = "others";

    private static final int FEWEST = 100_000;
    private static final Duration SHORTEST = Duration.ofSeconds(30);

    /** As fast as it can, for so long at least and so often at least; it says how often that was. */
    private static final String FLOOD = """
            import socket, time
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            end = time.monotonic() + %d
            denials = 0
            print("begun", flush=True)
            while denials < %d or time.monotonic() < end:
                address = "192.0.2.%%d" %% (denials // 10 %% 200 + 1)
                for _ in range(9):
                    udp.sendto(b"x", (address, 9))
                tcp = socket.socket()
                try: tcp.connect((address, 80))
                except OSError: pass
                tcp.close()
                denials += 10
            print(denials)
            """.formatted(SHORTEST.toSeconds(), FEWEST);

    /** Claim, the tool runs, facts, end; and each of what may be told apart on a slow machine: that it is slow to be scheduled or to start, the image's digest. */
    private static final int UPDATES = 10;

    @Test
    void aHundredThousandDenialsAreCountedAndCostLittle(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);
        // There is room for it on a small node, too: a flood has a whole processor.
        tenant.policy(OTHERS, Tenant.TOOLS.replace("cpu: 250m", "cpu: 50m"));
        // Who was tried before may have left a gateway that only just begins
        List<String> health = await().atMost(Tenant.PATIENCE)
                .until(
                        FloodTest::health,
                        pods -> !pods.isEmpty() && pods.stream().allMatch(pod -> pod.contains("[True ")));
        AtomicInteger updates = new AtomicInteger();
        ToolRun run = tenant.create(tool("python", FLOOD));
        try (var watch = tenant.client()
                .resources(ToolRun.class)
                .inNamespace(tenant.namespace())
                .withName(run.getMetadata().getName())
                .inform(counting(updates))) {
            // Given somebody else in the middle of it
            tenant.begunOf(run);
            ToolRun other = tenant.run(shell("true").withPolicy(OTHERS));

            ToolRun ended = tenant.finished(run);

            assertThat(other.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(finishedAt(other)).as("the flood went on").isBefore(finishedAt(ended));

            // Then every one of them is counted, and what is kept of them is little
            assertThat(ended.getStatus().phase())
                    .as(Serialization.asYaml(ended.getStatus()))
                    .isEqualTo(Phase.Succeeded);
            long denials = Long.parseLong(
                    ended.getStatus().result().stdout().lines().toList().getLast());
            assertThat(denials).isGreaterThanOrEqualTo(FEWEST);
            List<AuditEvent> kept = GatewayEvents.of(ended, AuditEventType.NetworkAccess, AuditResult.Denied);
            AuditSource gateway = MeanwhileTest.gateway(ended);
            await().atMost(Tenant.PATIENCE).untilAsserted(() -> {
                List<Map<String, Object>> lines = AuditStream.of(Names.GATEWAY, ended);
                assertThat(lines.stream()
                                .filter(line -> "Denied".equals(line.get("result")))
                                .mapToLong(AuditStream::times)
                                .sum())
                        .isEqualTo(denials);
                assertThat(gateway.total()).isEqualTo(lines.size());
            });
            assertThat(kept).isNotEmpty();
            assertThat(gateway.total()).isLessThan(1000);
            assertThat(gateway.dropped())
                    .isEqualTo(gateway.total() - gateway.events().size());
            assertThat(Serialization.asJson(ended.getStatus().audit()).length()).isLessThan(Budgets.AUDIT_BYTES);

            // And of little cost for everybody else
            long seconds = Duration.between(
                            Instant.parse(ended.getStatus().execution().startedAt()), finishedAt(ended))
                    .toSeconds();
            assertThat(updates)
                    .as("in %s s there were %s denials", seconds, denials)
                    .hasValueLessThanOrEqualTo(UPDATES + (int) seconds / 10);
            await().atMost(Tenant.PATIENCE)
                    .untilAsserted(() -> assertThat(told(tenant, ended)).contains("AccessDenied", "ExitedZero"));
            assertThat(told(tenant, ended))
                    .as("Kubernetes Events")
                    .doesNotHaveDuplicates()
                    .isSubsetOf("AccessDenied", "ExitedZero", "Unschedulable");
            assertThat(health()).isEqualTo(health);
            assertThat(Kubectl.kubectl("get", "--raw", "/readyz").text()).isEqualTo("ok");
        }
    }

    private static Instant finishedAt(ToolRun run) {
        return Instant.parse(run.getStatus().result().finishedAt());
    }

    /** The reasons of all that {@code kubectl describe} shows of a run. */
    private static List<String> told(Tenant tenant, ToolRun run) {
        return tenant.kubectl(
                        "get",
                        "events",
                        "--field-selector=involvedObject.name="
                                + run.getMetadata().getName(),
                        "--output=jsonpath={range .items[*]}{.reason}{\"\\n\"}{end}")
                .text()
                .lines()
                .toList();
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
}
