package dev.cofferdam.gateway.channel;

import static dev.cofferdam.gateway.channel.Wire.head;
import static dev.cofferdam.gateway.channel.Wire.read;
import static dev.cofferdam.gateway.channel.Wire.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What may cross in all: so much passes, and no more. */
class TrafficTest extends TunnelScene {
    private void tcp(String most) throws Exception {
        limits = most;
        grantedTcp();
    }

    @Test
    void soManyConnectionsAreMadeAndNoMore() throws Exception {
        tcp("connections: 2");
        for (int at = 0; at < 2; at++) {
            TestTunnel tunnel = open(server.target());
            assertThat(tunnel.status()).isEqualTo(200);
            tunnel.reset();
        }
        // What is refused for another reason is none.
        assertThat(open("192.0.2.1:1").status()).isEqualTo(403);

        assertThat(open(server.target()).status()).isEqualTo(429);

        // A connection may be there before its server knows of it.
        await().until(() -> server.hits() >= 2);
        assertThat(server.hits()).isEqualTo(2);
        assertThat(exceeded(4)).singleElement().satisfies(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Denied);
            assertThat(event.detail()).containsEntry("limit", "connections");
            assertThat(event.detail().get("message")).contains("2 connections");
        });
    }

    @Test
    void soManyBytesOfTheToolPassOverAllItsConnections() throws Exception {
        tcp("bytesUp: 10");
        TestTunnel one = open(server.target());
        Socket first = server.next();
        one.send("1234");
        assertThat(read(first, 4)).isEqualTo("1234");
        TestTunnel other = open(server.target());
        Socket second = server.next();
        other.send("567890");
        assertThat(read(second, 6)).isEqualTo("567890");
        say(second, "down");
        assertThat(other.receive(4)).isEqualTo("down");

        other.send("X");

        assertThat(other.end()).startsWith("reset");
        assertThat(second.getInputStream().read()).isEqualTo(-1);
        one.send("X");
        assertThat(one.end()).startsWith("reset");
        assertThat(first.getInputStream().read()).isEqualTo(-1);
        assertThat(exceededOrEnded(4))
                .containsExactly("send Denied", "connect Allowed", "send Denied", "connect Allowed");
    }

    @Test
    void soManyBytesOfServersPass() throws Exception {
        tcp("bytesDown: 10");
        TestTunnel tunnel = open(server.target());
        Socket there = server.next();
        say(there, "1234567890");
        assertThat(tunnel.receive(10)).isEqualTo("1234567890");
        tunnel.send("up");
        assertThat(read(there, 2)).isEqualTo("up");

        there.getOutputStream().write('X');

        assertThat(tunnel.end()).startsWith("reset");
        assertThat(tunnel.received()).isEqualTo(10);
        List<AuditEvent> events = events(2);
        assertThat(events.getFirst().action()).isEqualTo("receive");
        assertThat(events.getFirst().result()).isEqualTo(AuditResult.Denied);
        assertThat(events.getFirst().detail()).containsEntry("limit", "bytesDown");
        assertThat(events.getLast().detail())
                .containsEntry("ended", "NetworkLimitReached")
                .containsEntry("bytesDown", "10")
                .containsEntry("bytesUp", "2");
    }

    @Test
    void soManyRequestsAreMadeOverAllConnections() throws Exception {
        limits = "requests: 2, bytesUp: 1Ki";
        granted("{cidr: %s/32, port: %d, protocol: http}".formatted(server.ip(), server.port()));
        String request = "GET / HTTP/1.1\r\nHost: " + server.target() + "\r\n\r\n";
        String answer = "HTTP/1.1 204 No Content\r\n\r\n";
        for (int at = 0; at < 2; at++) {
            TestTunnel tunnel = open(server.target()).send(request);
            Socket there = server.next();
            there.getInputStream().readNBytes(request.length());
            say(there, answer);
            assertThat(tunnel.receive(answer.length())).isEqualTo(answer);
            if (at == 1) {
                tunnel.send(request);
                assertThat(tunnel.end()).isEqualTo("end");
                assertThat(tunnel.receive(1)).startsWith(answer + "HTTP/1.1 403 Forbidden\r\n");
            }
        }
        assertThat(exceeded(3)).singleElement().satisfies(event -> {
            assertThat(event.action()).isEqualTo("request");
            assertThat(event.result()).isEqualTo(AuditResult.Denied);
            assertThat(event.detail()).containsEntry("reason", "NetworkLimitReached");
        });
    }

    @Test
    void aRequestMayBeTooLongForWhatIsLeft() throws Exception {
        limits = "bytesUp: 100";
        granted("{cidr: %s/32, port: %d, protocol: http}".formatted(server.ip(), server.port()));
        TestTunnel tunnel = open(server.target())
                .send("POST / HTTP/1.1\r\nHost: " + server.target() + "\r\nContent-Length: 200\r\n\r\n"
                        + "x".repeat(200));
        assertThat(tunnel.end()).startsWith("reset");
        assertThat(events(2)).extracting(AuditEvent::action).containsExactly("send", "request");
        // How much of it was passed on depends on whether the server was there yet.
        assertThat(Integer.parseInt(events(2).getLast().detail().get("bytesUp")))
                .isBetween(50, 100);
    }

    @Test
    void anAnswerMayBeTooLongForWhatIsLeft() throws Exception {
        limits = "bytesDown: 100";
        granted("{cidr: %s/32, port: %d, protocol: http}".formatted(server.ip(), server.port()));
        TestTunnel tunnel = open(server.target()).send("GET / HTTP/1.1\r\nHost: " + server.target() + "\r\n\r\n");
        Socket there = server.next();
        head(there);
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n";
        say(there, head + "x".repeat(200));

        assertThat(tunnel.end()).startsWith("reset");
        assertThat(events(2)).extracting(AuditEvent::action).containsExactly("receive", "request");
        assertThat(events(2).getLast().detail())
                .containsEntry("ended", "NetworkLimitReached")
                .containsEntry("status", "200")
                .containsEntry("truncated", "true")
                .containsEntry("bytesDown", "100");
    }

    /** What was used stays used. */
    @Test
    void lessThanWasUsedIsNothing() throws Exception {
        tcp("bytesUp: 10");
        TestTunnel tunnel = open(server.target());
        Socket there = server.next();
        tunnel.send("12345");
        assertThat(read(there, 5)).isEqualTo("12345");

        limits = "bytesUp: 3";
        edited(tcpRule());
        tunnel.send("X");
        assertThat(tunnel.end()).startsWith("reset");

        // And more than was claimed is not given.
        limits = "bytesUp: 1Ki";
        edited(tcpRule());
        TestTunnel again = open(server.target());
        again.send("67890X");
        Socket second = server.next();
        assertThat(new String(second.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                .isEqualTo("67890");
    }

    private List<String> exceededOrEnded(int ofSoMany) {
        return exceeded(ofSoMany).stream()
                .map(event -> event.action() + " " + event.result())
                .toList();
    }

    private List<AuditEvent> exceeded(int ofSoMany) {
        return events(ofSoMany).stream()
                .filter(event -> event.detail().containsValue("NetworkLimitReached"))
                .toList();
    }
}
