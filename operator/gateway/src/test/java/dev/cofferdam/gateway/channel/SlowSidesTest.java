package dev.cofferdam.gateway.channel;

import static dev.cofferdam.gateway.channel.Wire.head;
import static dev.cofferdam.gateway.channel.Wire.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever sends byte by byte, does not read, or does not come to an end: it costs the gateway little, and not for long. */
class SlowSidesTest extends HttpScene {
    private static final String ONE_BYTE = "1\r\nx\r\n";
    private static final int MANY = 40_000;

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

    /** No connection outlives what is known of it. */
    @Test
    void aServerIsLetGoWhereTheNextRequestDoesNotComeToItsEnd() throws Exception {
        impatient(3_000);
        http();
        TestTunnel tunnel = open(host).send(get("/"));
        Socket there = server.next();
        head(there);
        String answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
        say(there, answer);
        assertThat(tunnel.receive(answer.length())).isEqualTo(answer);

        tunnel.send("G");

        assertThat(tunnel.end()).startsWith("reset");
        assertThatThrownBy(() -> there.getInputStream().read()).hasMessageContaining("reset");
        AuditEvent last = events(2).getLast();
        assertThat(last.result()).isEqualTo(AuditResult.Denied);
        assertThat(last.detail())
                .containsEntry("reason", "RequestMalformed")
                .containsEntry("message", "no whole request in time")
                .containsEntry("bytesUp", "0")
                .containsEntry("bytesDown", "0");
        await().until(() -> gateway.tunnels.open() == 0);
    }

    @Test
    void aServerThatReadsNothingIsWaitedForALittle() throws Exception {
        limits = "bytesDown: 10";
        grantedTcp();
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);
        Socket there = server.next();
        // More than kernels hold: the gateway has some of it, too, once no more comes through.
        tunnel.send(new byte[32 << 20]);
        AtomicInteger before = new AtomicInteger();
        await().pollInterval(Duration.ofMillis(500)).until(() -> {
            int now = there.getInputStream().available();
            return now > 0 && before.getAndSet(now) == now;
        });

        say(there, "12345678901");

        assertThat(tunnel.end()).startsWith("reset");
        await().until(() -> isBrokenOff(there));
        await().until(() -> gateway.tunnels.open() == 0);
    }

    /** Of a request that is still sent, nobody hears the rest. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEarlyAnswerIsAnAnswer(boolean serverEnds) throws Exception {
        http();
        TestTunnel tunnel = open(host)
                .send("POST / HTTP/1.1\r\nHost: " + host
                        + "\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
        Socket there = server.next();
        // Whether it takes the body is not asked: what it does not take, it might take for another request.
        assertThat(head(there)).doesNotContain("Expect");
        String word = "HTTP/1.1 100 Continue\r\n\r\n";
        assertThat(tunnel.receive(word.length())).isEqualTo(word);
        String answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
        say(there, answer);
        assertThat(tunnel.receive(word.length() + answer.length())).isEqualTo(word + answer);

        if (serverEnds) {
            there.shutdownOutput();
        } else {
            tunnel.halfClose();
        }

        assertThat(tunnel.end()).isEqualTo("end");
        assertThat(tunnel.receive(0)).isEqualTo(word + answer);
        assertThat(events(1)).singleElement().satisfies(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Allowed);
            assertThat(event.detail()).containsEntry("status", "413").doesNotContainKey("reason");
        });
        await().until(() -> !serverEnds || isGone(there));
    }

    @Test
    void whoeverEndsWithinARequestWasNotDenied() throws Exception {
        http();
        TestTunnel tunnel = open(host).send("POST / HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 10\r\n\r\nhello");
        Socket there = server.next();
        head(there);

        tunnel.halfClose();

        assertThat(tunnel.end()).startsWith("reset");
        assertThat(events(1)).singleElement().satisfies(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Error);
            assertThat(event.detail()).containsEntry("reason", "Abandoned").containsEntry("method", "POST");
        });
        await().until(() -> isBrokenOff(there));
    }

    /** Whatever reaches a server is on record. */
    @Test
    void aRequestIsNotSentThatBeginsWhileItsTunnelIsCut() throws Exception {
        http();
        String request = get("/");
        TestTunnel tunnel = open(host).send(request);
        Socket there = server.next();
        head(there);
        String answer = "HTTP/1.1 204 No Content\r\n\r\n";
        say(there, answer);
        assertThat(tunnel.receive(answer.length())).isEqualTo(answer);
        assertThat(events(1)).hasSize(1);

        CompletableFuture<Void> cut = new CompletableFuture<>();
        gateway.atNextLook.set(() -> {
            Thread ending = Thread.ofPlatform().start(() -> gateway.tunnels.close(Harness.CLAIM));
            try {
                ending.join();
                cut.complete(null);
            } catch (InterruptedException e) {
                cut.completeExceptionally(e);
            }
        });
        tunnel.send(request);

        cut.get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(tunnel.end()).startsWith("reset");
        assertThatThrownBy(() -> there.getInputStream().read()).hasMessageContaining("reset");
        assertThat(events(1)).hasSize(1);
    }

    private static boolean isGone(Socket there) {
        try {
            return there.getInputStream().read() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    private static boolean isBrokenOff(Socket there) {
        try {
            there.getOutputStream().write('x');
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
