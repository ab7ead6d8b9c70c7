package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Budgets;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a box lets through and only the gateway refuses: each refusal that a tool sees is on record, and no other. */
@ClusterTest
class GatewayDenialsTest {
    /** Nobody is at these addresses (RFC 5737): what is not refused is not answered. */
    private static final String POLICY = """
            tools: [{name: python, image: cofferdam.local/python:1, command: [python3, -c]}]
            permissions:
              network:
                allow: [{cidr: 192.0.2.0/30, port: 80, protocol: http, http: {methods: [GET]}}, {cidr: 192.0.2.0/30, port: 443, protocol: https}]
                deny: [{cidr: 192.0.2.2/32}, {host: other.example}]
              resources: {limits: {cpu: 500m, memory: 128Mi, timeout: 600s}}
            """;

    private static final int TIMES = 150;

    @Test
    void asManyAreCountedAsTheToolSaw(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);

        ToolRun run =
                tenant.run(tool("python", Scripts.of("knocks.py"), Integer.toString(TIMES), "192.0.2.1", "192.0.2.2"));

        assertThat(run.getStatus().phase())
                .as(Serialization.asYaml(run.getStatus()))
                .isEqualTo(Phase.Succeeded);
        assertThat(run.getStatus().result().stdout().lines())
                .containsExactly(
                        TIMES + " address reset",
                        TIMES + " host HTTP/1.1 403 Forbidden",
                        TIMES + " method HTTP/1.1 403 Forbidden",
                        TIMES + " protocol reset");

        // Then so it is in the stream
        AuditSource gateway = MeanwhileTest.gateway(run);
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(
                        () -> assertThat(AuditStream.of(Names.GATEWAY, run)).hasSize((int) (long) gateway.total()));
        List<Map<String, Object>> denied = AuditStream.of(Names.GATEWAY, run).stream()
                .filter(event -> event.get("result").equals("Denied"))
                .toList();
        assertThat(denied.stream()
                        .collect(Collectors.groupingBy(
                                event -> (String) event.get("action"), Collectors.summingLong(AuditStream::times))))
                .isEqualTo(Map.of("connect", 2L * TIMES, "request", 2L * TIMES));

        // And the run counts all and keeps the newest of them
        assertThat(gateway.denied()).isEqualTo(denied.size());
        assertThat(gateway.events()).isNotEmpty();
        assertThat(gateway.dropped())
                .isEqualTo(gateway.total() - gateway.events().size());
        assertThat(Serialization.asJson(run.getStatus().audit()).length()).isLessThan(Budgets.AUDIT_BYTES);
    }
}
