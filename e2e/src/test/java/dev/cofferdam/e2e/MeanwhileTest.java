package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

/** What is told of a run while its tool is at work. */
@ClusterTest
class MeanwhileTest {
    private static final String POLICY = """
            tools:
            - {name: python, image: cofferdam.local/python:1, command: [python3, -c]}
            permissions: {resources: {limits: {cpu: 250m, memory: 128Mi, timeout: 600s}}}
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
