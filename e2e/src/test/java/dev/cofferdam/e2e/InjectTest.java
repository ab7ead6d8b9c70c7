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
    /** Of the sink, where nobody listens: what is refused gets no further. */
    private static final int UNSERVED = 9;

    private static final String TOOL = """
            tools: [{name: bash, image: cofferdam.local/python:1, command: [bash, -c]}]
            permissions:
              exec: {allow: [{command: "*"}]}
              network: {allow: [%s]}
              resources: {limits: {cpu: 500m, memory: 256Mi, timeout: 300s}}
            """;
    private static final String POLICY = TOOL.formatted(
            "{host: %1$s, port: %2$d, protocol: https, inspect: true, inject: {credential: %4$s}}, {cidr: %3$s/32, port: %2$d, protocol: https}, {cidr: %3$s/32, port: %5$d, protocol: http}");

    private Sink sink;
    private String place;

    @BeforeEach
    void serve(Tenant tenant) {
        sink = Sink.certified(tenant);
        place = sink.name("sink") + ":" + Sink.TLS_PORT;
    }

    private void granted(Tenant tenant, String credential) {
        tenant.policy(
                Tenant.POLICY,
                POLICY.formatted(sink.name("sink"), Sink.TLS_PORT, sink.address(), credential, Sink.PORT));
    }

    @Withstands(
            value =
                    "a tool sends a credential of its own in the place of the one that the gateway adds, or has a server say what the gateway added, or open a session for it",
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
                    "curl -sSf --retry 120 --retry-all-errors --retry-delay 1 -o /dev/null https://$0/first 2>/tmp/e;"
                            + " for at in https://$0 http://$1; do curl -sSi -H 'Authorization: Basic mine' -H 'Cookie: mine=1' $at/echo"
                            + " | tr -d '\\r' | grep -iE '^(http|authorization|cookie|set-cookie)'; done",
                    place,
                    sink.address() + ":" + Sink.PORT));

            // Then what is not the credential's is as the server and the tool had it, and what is, is not.
            assertThat(run.getStatus().result().stdout().lines())
                    .as(run.getStatus().result().stderr())
                    .containsExactly(
                            "HTTP/1.1 200 OK",
                            "authorization: Bearer " + "*".repeat(VALUE.length()),
                            "HTTP/1.1 200 OK",
                            "Set-Cookie: session=of-whoever-asked",
                            "Authorization: Basic mine",
                            "Cookie: mine=1");
            assertThat(sink.authorized())
                    .isNotEmpty()
                    .containsOnly(Sink.TLS_PORT + " Bearer " + VALUE, Sink.PORT + " Basic mine");
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
        String fits = tenant.namespace();
        String elsewhere = sink.name("other") + ":" + Sink.TLS_PORT;
        String nowhere = sink.name("other") + ":" + UNSERVED;
        tenant.policy(
                Tenant.POLICY,
                TOOL.formatted("{host: %s, port: %d, protocol: https, inspect: true, inject: {credential: %s}}, "
                                .repeat(3)
                                .formatted(
                                        sink.name("sink"),
                                        Sink.TLS_PORT,
                                        fits,
                                        sink.name("other"),
                                        Sink.TLS_PORT,
                                        fits + "-host",
                                        sink.name("other"),
                                        UNSERVED,
                                        fits + "-namespace")
                        + "{cidr: %s/32, ports: [%d, %d], protocol: https}"
                                .formatted(sink.address(), Sink.TLS_PORT, UNSERVED)));
        // What fits is declared last: where the gateway uses it, it knows the others.
        try (EgressCredential host = EgressCredential.in(tenant, fits + "-host", place, "of-another-host");
                EgressCredential namespace = EgressCredential.in(
                        tenant, fits + "-namespace", "another-namespace", nowhere, "of-another-namespace");
                EgressCredential given = EgressCredential.in(tenant, fits, place, VALUE);
                ServerTrust trust = ServerTrust.in(tenant, sink.certificate())) {
            ToolRun run = tenant.run(tool(
                    "bash",
                    "for n in $(seq 120); do came=$(curl -s -o /dev/null -w '%{http_code}' https://$0/); [[ $came == 200 ]] && break; sleep 1; done; echo $came;"
                            + " curl -s -o /dev/null -w '%{http_code}\\n' https://$1/; curl -s -o /dev/null -w '%{http_code}\\n' https://$2/",
                    place,
                    elsewhere,
                    nowhere));

            assertThat(run.getStatus().result().stdout())
                    .as(run.getStatus().result().stderr())
                    .isEqualTo("200\n403\n403\n");
            assertThat(sink.authorized()).isNotEmpty().containsOnly(Sink.TLS_PORT + " Bearer " + VALUE);
            List<AuditEvent> denied = GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Denied);
            for (String misfit : List.of(fits + "-host", fits + "-namespace")) {
                assertThat(denied)
                        .anySatisfy(event -> assertThat(event.detail())
                                .containsEntry("reason", "CredentialNotDeclared")
                                .hasEntrySatisfying(
                                        "message", why -> assertThat(why).contains(misfit)));
            }
        }
    }
}
