package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.record.Names;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that no library makes: slow, silent, greedy, deaf. */
@Timeout(300)
class HostileClientTest {
    private static final String REQUEST =
            "GET " + Names.CHANNEL_PATH + " HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private static final String WHOLE =
            REQUEST + "Sec-WebSocket-Protocol: cofferdam.v1\r\nAuthorization: Bearer t\r\n\r\n";
    private static Vertx vertx;
    private static TestCertificate certificate;
    private static SSLContext tls;

    @BeforeAll
    static void prepare(@TempDir Path folder) throws Exception {
        vertx = Vertx.vertx();
        certificate = TestCertificate.make(folder);
        tls = certificate.trusting();
    }

    @AfterAll
    static void end() {
        vertx.close();
    }

    @Test
    void whoeverSendsNoWholeRequestInTimeIsClosed() throws Exception {
        try (Harness gateway = new Harness(vertx, certificate, new ServerBounds(10, 10, 60, 2_000, 120));
                SSLSocket silent = open(gateway);
                SSLSocket slow = open(gateway)) {
            OutputStream out = slow.getOutputStream();
            await().pollInterval(Duration.ofMillis(100)).until(() -> !accepts(out, "X"));
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
            assertThat(gateway.refused(Refusal.RequestTooSlow)).isEqualTo(2);
            assertThat(gateway.audit)
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(line).contains("RequestTooSlow", "127.0.0.1"));
        }
    }

    @Test
    void aChannelOnWhichNothingIsHeardIsClosed() throws Exception {
        try (Harness gateway = new Harness(vertx, certificate, new ServerBounds(10, 10, 60, 60_000, 3));
                SSLSocket idle = open(gateway)) {
            idle.getOutputStream().write(WHOLE.getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(idle.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 101");
            await().until(() -> gateway.channels.connected() == 0);
            assertThat(gateway.facts).isEmpty();
        }
    }

    @Test
    void oneAddressCannotTakeAllConnections() throws Exception {
        try (Harness gateway = new Harness(vertx, certificate, new ServerBounds(10, 3, 60, 60_000, 120))) {
            List<SSLSocket> sockets = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                sockets.add(open(gateway));
            }
            // Four handshakes are over here, but which of them the gateway saw last, it alone knows.
            SSLSocket refused = await().until(
                            () -> sockets.stream()
                                    .filter(HostileClientTest::isClosed)
                                    .findFirst(),
                            Optional::isPresent)
                    .orElseThrow();
            sockets.remove(refused);
            sockets.getFirst().close();
            await().until(() -> {
                try (SSLSocket next = open(gateway)) {
                    next.getOutputStream()
                            .write("GET / HTTP/1.1\r\nHost: g\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    return next.getInputStream().read() == 'H';
                } catch (IOException e) {
                    return false;
                }
            });
            for (SSLSocket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void whoeverPingsAndNeverReadsIsClosed() throws Exception {
        try (Harness gateway = Harness.start(vertx, certificate);
                SSLSocket deaf = open(gateway)) {
            OutputStream out = deaf.getOutputStream();
            out.write(WHOLE.getBytes(StandardCharsets.US_ASCII));
            await().until(() -> gateway.channels.connected() == 1);
            byte[] ping = new byte[6 + 125];
            ping[0] = (byte) 0x89;
            ping[1] = (byte) (0x80 | 125);
            byte[] pings = new byte[ping.length * 1000];
            for (int i = 0; i < 1000; i++) {
                System.arraycopy(ping, 0, pings, i * ping.length, ping.length);
            }
            long sent = 0;
            try {
                while (sent < 1L << 30) {
                    out.write(pings);
                    sent += pings.length;
                }
            } catch (IOException closed) {
                assertThat(sent).isLessThan(1L << 30);
            }
            await().until(() -> gateway.channels.connected() == 0);
        }
    }

    @Test
    void everythingElseIsNotFoundAndSaysNothing() throws Exception {
        String[] requests = {
            "GET / HTTP/1.1\r\nHost: g\r\n\r\n",
            "GET " + Names.CHANNEL_PATH + " HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer t\r\n\r\n",
            REQUEST + "Sec-WebSocket-Protocol: cofferdam.v1\r\n\r\n",
            REQUEST + "Sec-WebSocket-Protocol: cofferdam.v2\r\nAuthorization: Bearer t\r\n\r\n",
            REQUEST
                    + "Sec-WebSocket-Protocol: cofferdam.v1\r\nAuthorization: Bearer t\r\nAuthorization: Bearer u\r\n\r\n",
            "GET " + Names.CHANNEL_PATH
                    + "?a HTTP/1.1\r\nHost: g\r\nUpgrade: websocket\r\nAuthorization: Bearer t\r\n\r\n",
            "POST " + Names.CHANNEL_PATH + " HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\r\n",
            "GET /" + "x".repeat(1000) + " HTTP/1.1\r\nHost: g\r\n\r\n",
            // Over the bound, and in one record of TLS: what is written after the answer would meet a closed
            // connection.
            REQUEST + "X: " + "x".repeat(12_000) + "\r\n\r\n",
        };
        try (Harness gateway = Harness.start(vertx, certificate)) {
            for (String request : requests) {
                try (SSLSocket socket = open(gateway)) {
                    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                    String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                    assertThat(answer)
                            .as(request.lines().findFirst().orElseThrow())
                            .matches("(?s)HTTP/1[.][01] 404 .*")
                            .endsWith("\r\n\r\n");
                }
            }
        }
    }

    private static boolean accepts(OutputStream out, String text) {
        try {
            out.write(text.getBytes(StandardCharsets.US_ASCII));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isClosed(SSLSocket socket) {
        try {
            socket.setSoTimeout(100);
            return socket.getInputStream().read() == -1;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static SSLSocket open(Harness gateway) throws IOException {
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", gateway.port);
        socket.setSoTimeout((int) Harness.PATIENCE.toMillis());
        socket.startHandshake();
        return socket;
    }
}
