package dev.cofferdam.gateway.channel;

import static dev.cofferdam.gateway.channel.HttpTunnelTest.head;
import static dev.cofferdam.gateway.channel.HttpTunnelTest.say;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever sends byte by byte, does not read, or does not come to an end: it costs the gateway little, and not for long. */
class SlowSidesTest extends TunnelScene {
    private static final String ONE_BYTE = "1\r\nx\r\n";
    private static final int MANY = 40_000;

    private String host;

    @BeforeEach
    void grant() {
        host = NAME + ":" + server.port();
    }

    private void http() throws Exception {
        granted("{host: %s, port: %d, protocol: http}, {cidr: %s/32, port: %d, protocol: http}"
                .formatted(NAME, server.port(), server.ip(), server.port()));
    }

    @Test
    void aResponseInPiecesOfOneByteIsPassedOnInFewAlsoToWhoeverDoesNotRead() throws Exception {
        http();
        TestTunnel tunnel = open(host).send("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
        Socket there = server.next();
        head(there);
        assertThat(tunnel.pause().status()).isEqualTo(200);

        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                say(
                        there,
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + ONE_BYTE.repeat(MANY) + "0\r\n\r\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        tunnel.resume();

        assertThat(tunnel.end()).isEqualTo("end");
        writer.join();
        String answer = tunnel.receive(1);
        assertThat(answer.chars().filter(c -> c == 'x')).hasSize(MANY);
        assertThat(answer).endsWith("\r\n0\r\n\r\n").hasSizeLessThan(2 * MANY);
        assertThat(tunnel.pieces()).isLessThan(MANY / 10);
    }

    @Test
    void aRequestInPiecesOfOneByteReachesItsServerInFew() throws Exception {
        http();
        TestTunnel tunnel = open(host)
                .send("POST / HTTP/1.1\r\nHost: " + host
                        + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
                .send(ONE_BYTE.repeat(MANY) + "0\r\n\r\n");
        Socket there = server.next();
        head(there);

        StringBuilder body = new StringBuilder();
        while (body.indexOf("\r\n0\r\n\r\n") < 0) {
            byte[] some = new byte[8 << 10];
            int count = there.getInputStream().read(some);
            assertThat(count).as(body.toString()).isPositive();
            body.append(new String(some, 0, count, StandardCharsets.ISO_8859_1));
        }

        assertThat(body.chars().filter(c -> c == 'x')).hasSize(MANY);
        assertThat(body.length()).isLessThan(2 * MANY);
        say(there, "HTTP/1.1 204 No Content\r\n\r\n");
        assertThat(tunnel.end()).isEqualTo("end");
    }
}
