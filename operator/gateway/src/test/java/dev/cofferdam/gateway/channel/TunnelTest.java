package dev.cofferdam.gateway.channel;

import static dev.cofferdam.gateway.channel.Wire.greeting;
import static dev.cofferdam.gateway.channel.Wire.read;
import static dev.cofferdam.gateway.channel.Wire.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The way out: the real port, the real decision, a name server and servers of the test's own. */
class TunnelTest extends TunnelScene {
    @Test
    void bytesPassInBothDirectionsAndAreOnRecord() throws Exception {
        grantedTcp();
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);

        Socket there = server.next();
        tunnel.send("hello");
        assertThat(read(there, 5)).isEqualTo("hello");
        say(there, "hello yourself");
        assertThat(tunnel.receive(14)).isEqualTo("hello yourself");

        // The tool's half ends first, then the server's.
        tunnel.halfClose();
        assertThat(there.getInputStream().read()).isEqualTo(-1);
        there.getOutputStream().write('!');
        there.close();
        assertThat(tunnel.receive(15)).endsWith("!");
        assertThat(tunnel.end()).isEqualTo("end");

        AuditEvent event = events(1).getFirst();
        assertThat(event.resource()).isEqualTo(server.target());
        assertThat(event.action()).isEqualTo("connect");
        assertThat(event.result()).isEqualTo(AuditResult.Allowed);
        assertThat(event.detail())
                .containsEntry("bytesUp", "5")
                .containsEntry("bytesDown", "15")
                .containsEntry("visibility", "tunnel")
                .containsEntry("protocol", "tcp")
                .containsEntry("address", server.ip())
                .containsEntry("rule", server.ip() + "/32:" + server.port() + "/tcp")
                .containsKey("durationMillis")
                .doesNotContainKeys("ended", "decidedBy");
        await().until(() -> gateway.tunnels.open() == 0);
    }

    /** A server that has said all it has to say may still be told more. */
    @Test
    void theServersHalfMayEndFirst() throws Exception {
        grantedTcp();
        TestTunnel tunnel = open(server.target());
        Socket there = server.next();

        say(there, "all");
        there.shutdownOutput();
        assertThat(tunnel.receive(3)).isEqualTo("all");
        assertThat(tunnel.end()).isEqualTo("end");
        tunnel.send("more").halfClose();

        assertThat(new String(there.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                .isEqualTo("more");
        assertThat(events(1).getFirst().detail()).containsEntry("bytesUp", "4").containsEntry("bytesDown", "3");
    }

    @Test
    void aResetIsAReset() throws Exception {
        grantedTcp();
        TestTunnel one = open(server.target());
        assertThat(one.status()).isEqualTo(200);
        Socket there = server.next();
        there.setSoLinger(true, 0);
        there.close();
        assertThat(one.end()).startsWith("reset");

        TestTunnel other = open(server.target());
        assertThat(other.status()).isEqualTo(200);
        Socket again = server.next();
        other.reset();
        assertThatThrownBy(() -> again.getInputStream().read()).hasMessageContaining("reset");
        assertThat(events(2)).extracting(event -> event.detail().get("ended")).doesNotContainNull();
    }

    /** Neither side can make the gateway hold more than its windows. */
    @Test
    void whoeverDoesNotReadMakesTheOtherWait() throws Exception {
        grantedTcp();
        TestTunnel tunnel = open(server.target());
        Socket there = server.next();

        // The server does not read: the tool's queue fills, with at most what kernels and windows hold before it.
        byte[] piece = new byte[64 << 10];
        int sent = 0;
        while (!tunnel.isFull()) {
            tunnel.send(piece);
            sent += piece.length;
        }
        assertThat(there.getInputStream().readNBytes(sent)).hasSize(sent);

        // And a megabyte comes through whole, in order.
        byte[] much = new byte[1 << 20];
        new Random(7).nextBytes(much);
        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                there.getOutputStream().write(much);
                there.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(tunnel.receive(much.length).getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo(much);
        writer.join();
    }

    @Test
    void whatIsNotThereIsUnreachable() throws Exception {
        granted("{cidr: %s/32, ports: [%d], protocol: tcp}, {host: no.example.com, port: 1, protocol: tcp}"
                .formatted(server.ip(), server.port()));
        server.close();

        assertThat(open(server.target()).status()).isEqualTo(502);
        assertThat(open("no.example.com:1").status()).isEqualTo(502);

        assertThat(events(2)).extracting(AuditEvent::result).containsOnly(AuditResult.Error);
    }

    @Test
    void tlsGreetsTheServerThatWasNamedBeforeAnyServerHearsOfIt() throws Exception {
        granted("{host: %s, port: %d, protocol: https}, {cidr: %s/32, port: %d, protocol: https}"
                .formatted(NAME, server.port(), server.ip(), server.port()));
        String target = NAME + ":" + server.port();
        for (byte[] first : List.of(
                greeting(Optional.of("other.example.com")),
                greeting(Optional.empty()),
                "GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                new byte[32 << 10])) {
            TestTunnel tunnel = open(target).send(first);
            assertThat(tunnel.status()).isEqualTo(200);
            assertThat(tunnel.end()).startsWith("reset");
        }
        // One that ends, too.
        assertThat(open(target).halfClose().end()).startsWith("reset");
        assertThat(server.hits()).isZero();
        assertThat(events(5)).extracting(AuditEvent::result).containsOnly(AuditResult.Denied);

        // In pieces, and in any case, it is the same name.
        byte[] right = greeting(Optional.of("API.example.com"));
        TestTunnel tunnel = open(target);
        for (byte one : right) {
            tunnel.send(new byte[] {one});
        }
        assertThat(new DataInputStream(server.next().getInputStream()).readNBytes(right.length))
                .isEqualTo(right);
    }

    @Test
    void whoeverDoesNotGreetIsNotWaitedFor() throws Exception {
        impatient(1_000);
        granted("{host: %s, port: %d, protocol: https}, {cidr: %s/32, port: %d, protocol: https}"
                .formatted(NAME, server.port(), server.ip(), server.port()));

        // One that says nothing, and one that does not come to an end.
        assertThat(open(NAME + ":" + server.port()).end()).startsWith("reset");
        assertThat(open(NAME + ":" + server.port())
                        .send(new byte[] {22, 3, 1, 0x40, 1, 1, 0, 0})
                        .end())
                .startsWith("reset");

        assertThat(server.hits()).isZero();
        assertThat(events(2)).extracting(AuditEvent::result).containsOnly(AuditResult.Denied);
    }

    @Test
    void nobodyElseHasATunnel() throws Exception {
        grantedTcp();
        SessionSecrets same = new SessionSecrets();
        same.use(Harness.KEY);
        String foreign = same.issue(Claims.of("ns", "other-run", "other-pod"));

        TestTunnel tunnel = TestTunnel.open(client, gateway, foreign, server.target());

        assertThat(tunnel.status()).isEqualTo(401);
        assertThat(server.hits()).isZero();
        // No honest supervisor has another one's session.
        assertThat(supervisor.frame().get("reason").textValue()).isEqualTo("Tampered");
        assertThat(gateway.facts().result()).isEmpty();
    }

    @Test
    void withoutALiveRunThereIsNoTunnel() throws Exception {
        assertThat(TestTunnel.open(client, gateway, "x", server.target()).status())
                .isEqualTo(401);
        assertThat(server.hits()).isZero();
    }
}
