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
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** HTTPS that the gateway reads, on a real cluster, with real programs and a real server, whose certificate the admin has the gateway trust. */
@ClusterTest
class InspectTest {
    private static final String POLICY = """
            tools:
            - {name: python, image: cofferdam.local/python:1, command: [python3, -c]}
            - {name: bash, image: cofferdam.local/python:1, command: [bash, -c]}
            workspace: {sources: [{inline: true}]}
            permissions:
              exec: {allow: [{command: "*"}]}
              storage: {allow: [{uri: "fs:///workspace/**", access: [read, write]}]}
              network: {allow: [%s]}
              resources: {limits: {cpu: 500m, memory: 256Mi, timeout: 300s}}
            """;

    private Sink sink;
    private String url;

    @BeforeEach
    void serve(Tenant tenant) {
        sink = Sink.certified(tenant);
        url = "https://" + sink.name("sink") + ":" + Sink.TLS_PORT;
    }

    @Test
    void programsGoOnAsTheyAreAndEachRequestIsOnRecord(Tenant tenant) {
        granted(tenant, inspected("sink", ""), range());
        try (ServerTrust trust = ServerTrust.in(tenant, sink.certificate())) {
            ToolRun run = tenant.run(tool(
                    "bash",
                    "curl -sS --retry 120 --retry-all-errors --retry-delay 1 -o /dev/null $0/first 2>/tmp/e; curl -sS \"$0/items?token=hunter2\" && curl -sS -d a=b $0/post"
                            + " && git ls-remote $0/x.git && python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1] + \"/python\").read().decode().strip())' $0",
                    url));

            assertThat(run.getStatus().result().stdout())
                    .as(said(run))
                    .isEqualTo("ok\nok\n" + "0123456789".repeat(4) + "\trefs/heads/main\nok\n");
            List<AuditEvent> read = events(run, AuditResult.Allowed);
            assertThat(read).allSatisfy(event -> {
                assertThat(event.action()).isEqualTo("request");
                assertThat(event.detail())
                        .containsEntry("protocol", "https")
                        .containsEntry("visibility", "full")
                        .containsEntry("status", "200")
                        .containsEntry("address", sink.address())
                        .containsKeys("bytesUp", "bytesDown", "durationMillis");
            });
            assertThat(read)
                    .extracting(event -> event.detail().get("method") + " " + event.resource())
                    .containsSubsequence(
                            "GET " + url + "/first",
                            "GET " + url + "/items?token",
                            "POST " + url + "/post",
                            "GET " + url + "/x.git/info/refs?service",
                            "GET " + url + "/python");
            assertThat(sink.asked().size()).isEqualTo(read.size());
            assertThat(run.getStatus().effective().network().getLast().inspect())
                    .isTrue();
        }
    }

    @Withstands(
            value =
                    "a tool whose HTTPS is inspected writes where it may read, asks for another host than it connected to, or gets past the inspection by another name, another protocol, an old TLS or the server's address",
            at = Aim.OtherTenant,
            by = {Gate.Egress, Gate.NetworkPolicy},
            opened = "InspectTest.programsGoOnAsTheyAreAndEachRequestIsOnRecord")
    @Test
    void whatIsInspectedIsHeldToItsRule(Tenant tenant) {
        granted(tenant, inspected("sink", ", http: {methods: [GET], paths: [\"/items/**\"]}"), range());
        try (ServerTrust trust = ServerTrust.in(tenant, sink.certificate())) {
            String here = "host=" + sink.name("sink") + " port=" + Sink.TLS_PORT + " path=/items/1 ";
            String twice = here.replace("items/1", "items/kept") + "again=";
            ToolRun run = tenant.run(tool(
                    "python",
                    Scripts.of("tls.py"),
                    here + "patient",
                    here + "method=POST",
                    here.replace("items/1", "admin"),
                    here.replace("items/1", "items/../admin"),
                    here + "authority=" + sink.name("other") + ":" + Sink.TLS_PORT,
                    here + "authority=" + sink.name("sink"),
                    here + "sni=" + sink.name("other"),
                    here + "alpn=h2",
                    here + "tls=TLSv1_1",
                    here.replace(sink.name("sink"), sink.address()) + "sni=" + sink.name("sink"),
                    here.replace(sink.name("sink"), sink.address()) + "sni=another.example.com",
                    here.replace(sink.name("sink"), sink.address()) + "sni=",
                    twice + sink.name("sink") + ":" + Sink.TLS_PORT + "/items/2",
                    twice + sink.name("sink") + ":" + Sink.TLS_PORT + "/admin",
                    twice + sink.name("other") + ":" + Sink.TLS_PORT + "/items/2"));

            List<String> came = run.getStatus().result().stdout().lines().toList();
            assertThat(came)
                    .as(said(run))
                    .hasSize(15)
                    .startsWith("200", "403", "403", "403", "403", "403")
                    .endsWith("200 200", "200 403", "200 403");
            assertThat(came.subList(6, 12)).allMatch(line -> line.equals("reset") || line.equals("refused"));
            assertThat(sink.asked())
                    .extracting(line -> line.split(" ")[1] + " " + line.split(" ")[2])
                    .containsExactly(
                            "GET /items/1", "GET /items/kept", "GET /items/2", "GET /items/kept", "GET /items/kept");
            assertThat(events(run, AuditResult.Allowed))
                    .extracting(AuditEvent::resource)
                    .containsExactly(
                            url + "/items/1",
                            url + "/items/kept",
                            url + "/items/2",
                            url + "/items/kept",
                            url + "/items/kept");
            assertThat(Stream.of(AuditResult.Denied, AuditResult.Error)
                            .flatMap(result -> events(run, result).stream())
                            .map(event -> event.detail().get("reason")))
                    .contains("RequestNotAllowed", "HostNotAllowed", "TlsFailed");
        }
    }

    @Withstands(
            value =
                    "a server shows a tool whose HTTPS is inspected a certificate that nobody has vouched for, or one for another name",
            at = Aim.Run,
            by = {Gate.Egress},
            opened = "InspectTest.programsGoOnAsTheyAreAndEachRequestIsOnRecord")
    @Test
    void aServerThatNobodyVouchesForGetsNothing(Tenant tenant) {
        // The name is known where it answers by another port.
        String plain = "{cidr: %s/32, port: %d, protocol: tcp}, {host: %s, port: %d, protocol: tcp}"
                .formatted(sink.address(), Sink.PORT, sink.name("other"), Sink.PORT);
        granted(tenant, inspected("sink", ""), inspected("other", ""), range(), plain);
        String places = "python3 -c \"$0\" \"patient tcp $2 " + Sink.PORT + "\" && python3 -c \"$1\" \"host=$2 port="
                + Sink.TLS_PORT + "\"";

        ToolRun unknown =
                tenant.run(tool("bash", places, Scripts.of("connect.py"), Scripts.of("tls.py"), sink.name("other")));
        assertThat(unknown.getStatus().result().stdout()).as(said(unknown)).endsWith("echo\nreset\n");
        assertThat(reasons(unknown)).containsExactly("ServerNotTrusted");
        try (ServerTrust trust = ServerTrust.in(tenant, sink.certificate())) {
            ToolRun another = tenant.run(tool(
                    "python",
                    Scripts.of("tls.py"),
                    "patient host=" + sink.name("sink") + " port=" + Sink.TLS_PORT,
                    "host=" + sink.name("other") + " port=" + Sink.TLS_PORT));
            assertThat(another.getStatus().result().stdout()).as(said(another)).isEqualTo("200\nreset\n");
            assertThat(reasons(another)).last().isEqualTo("ServerNotTrusted");
        }
        assertThat(sink.asked()).allMatch(line -> line.contains("Host: " + sink.name("sink")));
    }

    @Withstands(
            value = "a tool is shown what is certified by the authority of another run's inspection",
            at = Aim.OtherTenant,
            by = {Gate.Egress, Gate.Box},
            opened = "InspectTest.programsGoOnAsTheyAreAndEachRequestIsOnRecord")
    @Test
    void eachRunHasAnAuthorityOfItsOwn(Tenant tenant) {
        granted(tenant, inspected("sink", ""), range());
        try (ServerTrust trust = ServerTrust.in(tenant, sink.certificate())) {
            ToolRun one = tenant.run(
                    tool(
                            "python",
                            "import ssl; print(ssl.PEM_cert_to_DER_cert('-----BEGIN' + open('/run/authorities/ca-certificates.crt').read().split('-----BEGIN')[-1].rstrip()).hex())"));
            String pem = "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getEncoder()
                            .encodeToString(HexFormat.of()
                                    .parseHex(one.getStatus().result().stdout().strip()))
                    + "\n-----END CERTIFICATE-----\n";
            String here = "host=" + sink.name("sink") + " port=" + Sink.TLS_PORT;

            ToolRun other = tenant.run(
                    tool("python", Scripts.of("tls.py"), here + " patient", here + " trust=/workspace/other.pem")
                            .withFile("other.pem", pem));

            assertThat(other.getStatus().result().stdout()).as(said(other)).isEqualTo("200\nuntrusted\n");
        }
    }

    private static void granted(Tenant tenant, String... rules) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(String.join(", ", rules)));
    }

    private String inspected(String service, String http) {
        return "{host: %s, port: %d, protocol: https, inspect: true%s}"
                .formatted(sink.name(service), Sink.TLS_PORT, http);
    }

    private String range() {
        return "{cidr: %s/32, port: %d, protocol: https}".formatted(sink.address(), Sink.TLS_PORT);
    }

    private static List<String> reasons(ToolRun run) {
        return events(run, AuditResult.Error).stream()
                .map(event -> event.detail().get("reason"))
                .filter(reason -> !reason.equals("HostUnresolved"))
                .toList();
    }

    private static List<AuditEvent> events(ToolRun run, AuditResult result) {
        return GatewayEvents.of(run, AuditEventType.NetworkAccess, result);
    }

    private static String said(ToolRun run) {
        return "\n" + run.getStatus().result().stdout()
                + run.getStatus().result().stderr();
    }
}
