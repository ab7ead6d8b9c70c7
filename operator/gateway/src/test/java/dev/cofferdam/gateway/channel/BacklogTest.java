package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Bytes that wait for whoever does not read cost memory of all: of a run there are so many, over however many tunnels, and everything comes through all the same. */
class BacklogTest extends TunnelScene {
    private static final int TUNNELS = 4;

    /** More than kernels hold. */
    private static final int MUCH = 16 << 20;

    private static final int FRAME_BYTES_MOST = 32 << 10;
    private static final int READ_BYTES_MOST = 2 * (64 << 10);
    private static final int LITTLE_BYTES = 4 << 10;

    private final List<TestTunnel> tunnels = new ArrayList<>();
    private final List<Socket> servers = new ArrayList<>();

    private void open() throws Exception {
        grantedTcp();
        for (int at = 0; at < TUNNELS; at++) {
            TestTunnel tunnel = open(server.target());
            assertThat(tunnel.status()).isEqualTo(200);
            tunnels.add(tunnel);
            servers.add(server.next());
        }
    }

    @Test
    void whatServersDoNotReadIsBoundedForAllTunnelsOfARunTogether() throws Exception {
        open();
        byte[] much = new byte[MUCH];
        tunnels.forEach(tunnel -> tunnel.send(much));

        assertThat(standing())
                .isPositive()
                .isLessThanOrEqualTo(Harness.WAITING_MOST + (TUNNELS + 1) * FRAME_BYTES_MOST);

        List<CompletableFuture<Long>> read = new ArrayList<>();
        for (Socket there : servers) {
            read.add(CompletableFuture.supplyAsync(() -> readAll(there)));
        }
        tunnels.forEach(TestTunnel::halfClose);
        for (CompletableFuture<Long> each : read) {
            assertThat(each.get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(MUCH);
        }
        await().until(() -> gateway.tunnels.waiting() == 0);
    }

    @Test
    void whatToolsDoNotReadIsBoundedForAllTunnelsOfARunTogether() throws Exception {
        open();
        for (TestTunnel tunnel : tunnels) {
            tunnel.pause();
        }
        for (Socket there : servers) {
            Thread.ofVirtual().start(() -> writeAll(there));
        }

        assertThat(standing())
                .isPositive()
                .isLessThanOrEqualTo(Harness.WAITING_MOST + READ_BYTES_MOST + TUNNELS * LITTLE_BYTES);

        for (TestTunnel tunnel : tunnels) {
            tunnel.resume();
        }
        for (TestTunnel tunnel : tunnels) {
            assertThat(tunnel.end()).isEqualTo("end");
            assertThat(tunnel.received()).isEqualTo(MUCH);
        }
        await().until(() -> gateway.tunnels.waiting() == 0);
    }

    /** Whoever goes away takes along what waits for him. */
    @Test
    void whatIsForNobodyIsNotCounted() throws Exception {
        open();
        byte[] much = new byte[MUCH];
        tunnels.forEach(tunnel -> tunnel.send(much));
        for (TestTunnel tunnel : tunnels) {
            tunnel.pause();
        }
        for (Socket there : servers) {
            Thread.ofVirtual().start(() -> writeAll(there));
        }
        assertThat(standing()).isPositive();

        tunnels.forEach(TestTunnel::reset);

        await().until(() -> gateway.tunnels.open() == 0);
        await().until(() -> gateway.tunnels.waiting() == 0);
    }

    /** Once no more comes. */
    private long standing() {
        AtomicLong before = new AtomicLong(-1);
        await().pollInterval(Duration.ofMillis(500)).until(() -> {
            long now = gateway.tunnels.waiting();
            return now > 0 && before.getAndSet(now) == now;
        });
        return before.get();
    }

    private static long readAll(Socket there) {
        try {
            return there.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException e) {
            return -1;
        }
    }

    private static void writeAll(Socket there) {
        try {
            there.getOutputStream().write(new byte[MUCH]);
            there.shutdownOutput();
        } catch (IOException e) {
            // Whoever it was for is gone.
        }
    }
}
