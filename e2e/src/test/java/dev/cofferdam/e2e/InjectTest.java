package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A credential of the admin's that the gateway adds, on a real cluster: the server has it, the tool and its record never. */
@ClusterTest
class InjectTest {
    private static final String VALUE = "token-0123456789-of-the-admin/+";
    private static final String POLICY = """
            tools: [{name: bash, image: cofferdam.local/python:1, command: [bash, -c]}]
            permissions:
              exec: {allow: [{command: "*"}]}
              network: {allow: [{host: %1$s, port: %2$d, protocol: https, inspect: true, inject: {credential: %4$s}}, {cidr: %3$s/32, port: %2$d, protocol: https}]}
              resources: {limits: {cpu: 500m, memory: 256Mi, timeout: 300s}}
            """;

    private Sink sink;
    private String place;

    @BeforeEach
    void serve(Tenant tenant) throws Exception {
        sink = Sink.in(tenant);
        place = sink.name("sink") + ":" + Sink.TLS_PORT;
    }

    private void granted(Tenant tenant, String credential) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(sink.name("sink"), Sink.TLS_PORT, sink.address(), credential));
    }

    @Withstands(
            value =
                    "a tool sends a credential of its own in the place of the one that the gateway adds, or has a server say what the gateway added",
            at = Aim.Run,
            by = {Gate.Egress},
            opened = "InspectTest.programsGoOnAsTheyAreAndEachRequestIsOnRecord")
    @Test
    void theServerHasItAndTheToolHasNot(Tenant tenant) {
        String credential = tenant.namespace();
        granted(tenant, credential);
        try (EgressCredential given = EgressCredential.in(tenant, credential, place, VALUE);
                ServerTrust trust = ServerTrust.in(tenant, sink.certificate())) {
            ToolRun run = tenant.run(tool(
                    "bash",
                    "curl -sSf --retry 120 --retry-all-errors --retry-delay 1 -o /dev/null https://$0/first 2>/tmp/e; curl -sS -H 'Authorization: Basic mine' https://$0/echo | grep -i '^authorization'",
                    place));

            assertThat(run.getStatus().result().stdout().strip())
                    .as(run.getStatus().result().stderr())
                    .isEqualTo("authorization: Bearer " + "*".repeat(VALUE.length()));
            assertThat(sink.authorized()).isNotEmpty().containsOnly(Sink.TLS_PORT + " Bearer " + VALUE);
            assertThat(GatewayEvents.of(run, AuditEventType.SecretAccess, AuditResult.Allowed))
                    .isNotEmpty()
                    .allSatisfy(event -> {
                        assertThat(event.resource()).isEqualTo(credential);
                        assertThat(event.action()).isEqualTo("inject");
                        assertThat(event.detail()).containsEntry("host", place);
                    });
            assertThat(tenant.kubectl("get", "toolruns,pods", "-o", "yaml").text())
                    .doesNotContain(VALUE);
            assertThat(run.getStatus().effective().network().getLast().inject().credential())
                    .isEqualTo(credential);
        }
    }

    @Withstands(
            value = "a policy names a credential that the admin has declared for another namespace, or another host",
            at = Aim.Run,
            by = {Gate.Egress},
            opened = "InjectTest.theServerHasItAndTheToolHasNot")
    @Test
    void whatIsDeclaredForOthersIsNotUsed(Tenant tenant) {
        String credential = tenant.namespace();
        granted(tenant, credential);
        try (EgressCredential given =
                        EgressCredential.in(tenant, credential, sink.name("other") + ":" + Sink.TLS_PORT, VALUE);
                ServerTrust trust = ServerTrust.in(tenant, sink.certificate())) {
            ToolRun run = tenant.run(tool(
                    "bash",
                    "for n in $(seq 60); do came=$(curl -s -o /dev/null -w '%{http_code}' https://$0/); [[ $came == 000 ]] || break; sleep 1; done; echo $came",
                    place));

            assertThat(run.getStatus().result().stdout()).isEqualTo("403\n");
            assertThat(sink.hits(Sink.TLS_PORT)).isZero();
            List<AuditEvent> denied = GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Denied);
            assertThat(denied)
                    .anySatisfy(event -> assertThat(event.detail())
                            .containsEntry("reason", "CredentialNotDeclared")
                            .hasEntrySatisfying(
                                    "message", why -> assertThat(why).contains(credential)));
        }
    }
}
