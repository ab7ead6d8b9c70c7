package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Ends of tunnels that are neither the tool's doing nor a server's: each is on record as what it was. */
class TunnelEndsTest extends TunnelScene {
    @Test
    void whatThePolicyTakesAwayIsCutAndStaysClosed() throws Exception {
        String rule = tcpRule();
        granted(rule + ", {host: kept.example.com, port: 443, protocol: https}");
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);
        Socket there = server.next();

        edited("{host: kept.example.com, port: 443, protocol: https}");

        assertThat(tunnel.end()).startsWith("reset");
        assertThatThrownBy(() -> there.getInputStream().read()).hasMessageContaining("reset");
        assertThat(open(server.target()).status()).isEqualTo(403);
        assertThat(server.hits()).isEqualTo(1);
        assertThat(events(2)).extracting(AuditEvent::result).containsExactly(AuditResult.Allowed, AuditResult.Denied);
        assertThat(events(2).getFirst().detail()).containsEntry("ended", "revoked");
        String edit = gateway.connections.policyVersion();
        assertThat(events(2)).allSatisfy(event -> assertThat(event.detail()).containsEntry("decidedBy", edit));
        assertThat(ofType(AuditEventType.CapabilityRevoke)).singleElement().satisfies(event -> {
            assertThat(event.resource()).isEqualTo(server.ip() + "/32:" + server.port() + "/tcp");
            assertThat(event.detail()).containsEntry("decidedBy", edit);
        });

        // More than was claimed is not given either.
        edited(rule + ", {cidr: %s/32, port: %d, protocol: https}".formatted(server.ip(), server.port()));
        assertThat(open(server.target()).status()).isEqualTo(200);
    }

    @Test
    void whatIsTakenAwayIsOnRecordBeforeWhatIsRefusedForIt() throws Exception {
        String kept = "{host: kept.example.com, port: 443, protocol: https}";
        granted(tcpRule() + ", " + kept);

        inForce(kept);
        assertThat(open(server.target()).status()).isEqualTo(403);
        events(1);
        edited(kept);

        assertThat(gateway.audit.stream()
                        .map(line -> Serialization.unmarshal(line, Map.class).get("event_type"))
                        .filter(type -> !"ProcessExec".equals(type)))
                .containsExactly("CapabilityRevoke", "NetworkAccess");
    }

    @Test
    void bytesOfAnyKindAreCutWhereOnlyTlsIsGrantedNow() throws Exception {
        String range = "{cidr: %s/32, port: %d, protocol: ".formatted(server.ip(), server.port());
        granted(range + "tcp}, " + range + "https}");
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);

        edited(range + "https}");

        assertThat(tunnel.end()).startsWith("reset");
        assertThat(events(1).getFirst().detail()).containsEntry("ended", "revoked");
    }

    @Test
    void anOrderToStopCutsEverythingAndIsFollowedByNothing() throws Exception {
        grantedTcp();
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);

        cancel();

        assertThat(tunnel.end()).startsWith("reset");
        assertThat(open(server.target()).status()).isEqualTo(401);
        assertThat(gateway.refused(Refusal.SessionInvalid)).isEqualTo(1);
    }

    /** A tool that is stopped sees its connections end, and may be faster than the kill that follows. */
    @Test
    void whoeverEndsBecauseItsConnectionsWereCutWasStopped() throws Exception {
        grantedTcp();
        supervisor.send(TestSupervisor.STARTED);
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);

        cancel();
        assertThat(tunnel.end()).startsWith("reset");
        supervisor.send(TestSupervisor.exited(0, 0));

        Facts facts = gateway.facts();
        assertThat(facts.result().orElseThrow().outcome()).isEqualTo(Outcome.Stopped);
        assertThat(facts.result().orElseThrow().exitCode()).isEmpty();
        assertThat(facts.stop()).contains(Reason.Cancelled.name());
    }

    @Test
    void whoeverIsRefusedAConnectionByTheOrderWasStoppedToo() throws Exception {
        grantedTcp();
        supervisor.send(TestSupervisor.STARTED);

        cancel();
        assertThat(open(server.target()).status()).isEqualTo(401);
        supervisor.send(TestSupervisor.exited(1, 0));

        assertThat(gateway.facts().result().orElseThrow().outcome()).isEqualTo(Outcome.Stopped);
    }

    @Test
    void whoeverHadNothingOpenAndEndedFirstEndedByItself() throws Exception {
        grantedTcp();
        supervisor.send(TestSupervisor.STARTED);

        cancel();
        supervisor.send(TestSupervisor.exited(3, 0));

        SupervisorFrame.Result result = gateway.facts().result().orElseThrow();
        assertThat(result.outcome()).isEqualTo(Outcome.Exited);
        assertThat(result.exitCode()).hasValue(3);
    }

    @Test
    void theEndOfTheRunClosesWhatIsOpenAndHasItOnRecord() throws Exception {
        grantedTcp();
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);

        supervisor.send(TestSupervisor.STARTED, TestSupervisor.exited(0, 0));

        assertThat(tunnel.end()).startsWith("reset");
        List<AuditEvent> stored = gateway.facts().audit().events();
        assertThat(stored.stream().map(AuditEvent::action)).endsWith("connect", "exit");
        assertThat(open(server.target()).status()).isEqualTo(401);
    }

    @Test
    void aReplicaThatIsToldToStopEndsWhatIsOpenBeforeItsRecordDoes() throws Exception {
        grantedTcp();
        supervisor.send(TestSupervisor.STARTED);
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);
        Socket there = server.next();
        await().until(() -> actions().contains("start"));

        gateway.server.leave();

        assertThat(tunnel.end()).startsWith("reset");
        assertThatThrownBy(() -> there.getInputStream().read()).hasMessageContaining("reset");
        assertThat(supervisor.closed()).isEqualTo((short) 1001);
        assertThat(events(1)).singleElement().satisfies(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Allowed);
            assertThat(event.detail()).containsEntry("ended", "the gateway stopped");
        });
        assertThat(actions()).endsWith("connect", "leave");
        await().until(() -> gateway.tunnels.open() == 0);
    }

    /** Its supervisor may not know yet that the run goes on elsewhere. */
    @Test
    void whoeverComesThenIsNotDeniedAnything() throws Exception {
        grantedTcp();
        gateway.tunnels.leave(Harness.CLAIM);

        assertThat(open(server.target()).status()).isEqualTo(502);

        assertThat(server.hits()).isZero();
        AuditEvent event = events(1).getFirst();
        assertThat(event.result()).isEqualTo(AuditResult.Error);
        assertThat(event.detail()).containsEntry("reason", "the gateway stopped");
    }

    @Test
    void aSandboxWhoseConnectionBreaksHasResetNothing() throws Exception {
        grantedTcp();
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);
        Socket there = server.next();

        client.close();

        assertThatThrownBy(() -> there.getInputStream().read()).hasMessageContaining("reset");
        assertThat(events(1).getFirst().detail()).containsEntry("ended", "the sandbox's connection broke");
    }

    private void cancel() {
        gateway.stop = Optional.of(Reason.Cancelled);
        gateway.channels.runChanged("run-uid");
    }

    private List<String> actions() {
        return gateway.audit.stream()
                .map(line -> (String) Serialization.unmarshal(line, Map.class).get("action"))
                .toList();
    }
}
