package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditResult;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ends of tunnels that are neither the tool's doing nor a server's: each is on record as what it was. */
class TunnelEndsTest extends TunnelScene {
    @BeforeEach
    void grant() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
    }

    @Test
    void aReplicaThatIsToldToStopEndsWhatIsOpenBeforeItsRecordDoes() throws Exception {
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
        gateway.tunnels.leave(Harness.CLAIM);

        assertThat(open(server.target()).status()).isEqualTo(502);

        assertThat(server.hits()).isZero();
        AuditEvent event = events(1).getFirst();
        assertThat(event.result()).isEqualTo(AuditResult.Error);
        assertThat(event.detail()).containsEntry("reason", "the gateway stopped");
    }

    @Test
    void aSandboxWhoseConnectionBreaksHasResetNothing() throws Exception {
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);
        Socket there = server.next();

        client.close();

        assertThatThrownBy(() -> there.getInputStream().read()).hasMessageContaining("reset");
        assertThat(events(1).getFirst().detail()).containsEntry("ended", "the sandbox's connection broke");
    }

    private List<String> actions() {
        return gateway.audit.stream()
                .map(line -> (String) Serialization.unmarshal(line, Map.class).get("action"))
                .toList();
    }
}
