package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Decider;
import dev.cofferdam.policy.HandOut;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.policy.Served;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.http.HttpClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A run with a way out: the real port, the real decision, a name server and a server of the test's own. */
abstract class TunnelScene extends CertifiedScene {
    static final String NAME = "api.example.com";
    Harness gateway;
    TestServer server;
    HttpClient client;
    TestSupervisor supervisor;
    String session;
    Effective claimed;
    String authorityOfJob;

    @BeforeEach
    void start() throws Exception {
        gateway = Harness.start(vertx, certificate, waits());
        server = new TestServer();
        client = TestTunnel.client(vertx, certificate);
        gateway.dns.put(NAME, server.ip());
    }

    Harness.Waits waits() {
        return Harness.Waits.LONG;
    }

    /** For a test that sees the gateway give somebody up: it waits so long for each step, and no longer. */
    void impatient(int stepMillis) throws Exception {
        gateway.close();
        gateway = Harness.start(
                vertx, certificate, new Harness.Waits(stepMillis, waits().idleMillis(), waits().silentMillis()));
        gateway.dns.put(NAME, server.ip());
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.close();
        gateway.close();
    }

    TestTunnel open(String target) throws Exception {
        return TestTunnel.open(client, gateway, session, target);
    }

    /** A run with these rules under allow, and its channel. */
    void granted(String rules) throws Exception {
        Ruling.Granted granted = (Ruling.Granted) Decider.decide(Optional.of(compiled(rules)), RUN);
        claimed = granted.effective();
        if (gateway.identification instanceof Identification.Identified(Claim known)) {
            gateway.identification = new Identification.Identified(Claims.decidedBy(known, granted.policyVersion()));
        }
        gateway.connections = Connections.of(HandOut.job(Optional.of(compiled(rules)), claimed, RUN));
        gateway.handOver = CompletableFuture.completedStage(new HandOver.Granted(granted.job()));
        supervisor = TestSupervisor.connect(vertx, gateway, certificate, Optional.empty());
        var job = supervisor.frame();
        session = job.get("session").textValue();
        authorityOfJob = job.get("authority").textValue();
        assertThat(job.get("network").get("gateway").textValue()).isEqualTo("127.0.0.1:" + gateway.port);
        assertThat(job.get("network").get("allow")).isNotEmpty();
    }

    /** The same, with any bytes to the test's server. */
    void grantedTcp() throws Exception {
        granted(tcpRule());
    }

    String tcpRule() {
        return "{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port());
    }

    void edited(String rules) {
        inForce(rules);
        gateway.channels.policyChanged("ns", "p");
    }

    /** An edit that nobody was told of yet. */
    void inForce(String rules) {
        gateway.connections = Connections.of(HandOut.job(Optional.of(compiled(rules)), claimed, RUN));
    }

    private static final ToolRunSpec RUN = Serialization.unmarshal("policyRef: {name: p}\ntool: t", ToolRunSpec.class);

    /** Of {@code limits.network}. */
    String limits = "";

    private dev.cofferdam.policy.Compilation compiled(String rules) {
        return new Compilations(Served.NOW)
                .of(Serialization.unmarshal("""
                        apiVersion: cofferdam.dev/v1alpha1
                        kind: SandboxPolicy
                        metadata: {name: p, namespace: ns, uid: u, generation: 1}
                        spec:
                          tools: [{name: t, image: i, command: [sh]}]
                          permissions: {network: {allow: [%s]}, resources: {limits: {network: {%s}}}}
                        """.formatted(rules, limits), SandboxPolicy.class));
    }

    List<AuditEvent> events(int count) {
        await().until(() -> ofType(AuditEventType.NetworkAccess).size() >= count);
        return ofType(AuditEventType.NetworkAccess);
    }

    List<AuditEvent> ofType(AuditEventType type) {
        return gateway.audit.stream()
                .map(line -> Serialization.unmarshal(line, Map.class))
                .filter(line -> type.name().equals(line.get("event_type")))
                .map(TunnelScene::event)
                .toList();
    }

    @SuppressWarnings("unchecked")
    static AuditEvent event(Map<?, ?> line) {
        return new AuditEvent(
                null,
                null,
                null,
                AuditEventType.valueOf((String) line.get("event_type")),
                (String) line.get("resource"),
                (String) line.get("action"),
                AuditResult.valueOf((String) line.get("result")),
                null,
                (Map<String, String>) line.get("detail"));
    }
}
