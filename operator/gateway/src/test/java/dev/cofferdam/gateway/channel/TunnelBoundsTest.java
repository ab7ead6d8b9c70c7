package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many tunnels there may be, and how many of them are on record one by one. */
class TunnelBoundsTest extends TunnelScene {
    @Test
    void aRunHasSoManyTunnelsAndNoMore() throws Exception {
        grantedTcp();
        for (int at = 0; at < 4; at++) {
            assertThat(open(server.target()).status()).isEqualTo(200);
        }
        assertThat(open(server.target()).status()).isEqualTo(429);
        assertThat(events(1).getFirst().detail()).containsEntry("reason", "TooManyConnections");
    }

    /** Else whoever has many runs takes away the way out of everybody. */
    @Test
    void aNamespaceHasAQuarterOfAllTunnels() throws Exception {
        for (int run = 0; run < 4; run++) {
            another("ns", "pod-" + run);
            for (int at = 0; at < 4; at++) {
                assertThat(open(server.target()).status()).isEqualTo(200);
            }
        }
        another("ns", "pod-4");
        assertThat(open(server.target()).status()).isEqualTo(429);
        another("other", "pod-5");
        assertThat(open(server.target()).status()).isEqualTo(200);
    }

    private void another(String namespace, String podUid) throws Exception {
        gateway.identification = new Identification.Identified(Claims.of(namespace, "run-uid-of-" + podUid, podUid));
        grantedTcp();
    }

    @Test
    void aFloodIsCountedExactly() throws Exception {
        grantedTcp();
        for (int at = 0; at < 40; at++) {
            assertThat(open("192.0.2.1:1").status()).isEqualTo(403);
        }
        supervisor.send(TestSupervisor.STARTED, TestSupervisor.exited(0, 0));

        List<AuditEvent> told = gateway.facts().audit().events().stream()
                .filter(event -> event.eventType() == AuditEventType.NetworkAccess)
                .toList();
        assertThat(told).hasSize(16 + 8 + 1);
        assertThat(told.getLast().resource()).isEqualTo("other attempts");
        assertThat(told.getLast().detail()).containsEntry("count", "16");
    }

    /** Whoever asks often for what is granted does not hide what is not. */
    @Test
    void whatIsAllowedOftenHidesNoDenialAndNoLimit() throws Exception {
        limits = "connections: 20";
        grantedTcp();
        for (int at = 0; at < 20; at++) {
            TestTunnel tunnel = open(server.target());
            assertThat(tunnel.status()).isEqualTo(200);
            tunnel.reset();
            await().until(() -> gateway.tunnels.open() == 0);
        }
        for (int at = 0; at < 10; at++) {
            assertThat(open("192.0.2.1:1").status()).isEqualTo(403);
        }
        for (int at = 0; at < 2; at++) {
            assertThat(open(server.target()).status()).isEqualTo(429);
        }
        supervisor.send(TestSupervisor.STARTED, TestSupervisor.exited(0, 0));

        List<AuditEvent> told = gateway.facts().audit().events().stream()
                .filter(event -> event.eventType() == AuditEventType.NetworkAccess)
                .toList();
        assertThat(told.stream()
                        .filter(event -> event.detail().containsValue("NetworkLimitReached"))
                        .toList())
                .singleElement()
                .satisfies(event -> assertThat(event.detail()).containsEntry("limit", "connections"));
        assertThat(told.stream()
                        .filter(event -> event.resource().equals("192.0.2.1:1"))
                        .toList())
                .hasSize(8);
        assertThat(told.stream()
                        .filter(event -> event.resource().equals("other attempts"))
                        .map(event -> event.action() + " " + event.result() + " "
                                + event.detail().get("count")))
                .containsExactlyInAnyOrder("connect Allowed 4", "connect Denied 3");
    }
}
