package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tunnels that share a connection. */
class PiecesTest extends TunnelScene {
    private static final int TUNNELS = 4;
    private static final int BYTES_EACH = 4 << 20;

    /** Of a frame, at the mean. By default it is less than two. */
    private static final int KIBIBYTES_LEAST = 4;

    @Test
    void whatManyStreamsWaitForIsNotCutSmall() throws Exception {
        grantedTcp();
        List<TestTunnel> tunnels = new ArrayList<>();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < TUNNELS; i++) {
            tunnels.add(open(server.target()).pause());
            Socket there = server.next();
            writers.add(Thread.ofVirtual().start(() -> {
                try {
                    there.getOutputStream().write(new byte[BYTES_EACH]);
                    there.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        }
        for (TestTunnel tunnel : tunnels) {
            tunnel.resume();
        }
        for (TestTunnel tunnel : tunnels) {
            tunnel.halfClose().receive(BYTES_EACH);
        }
        for (Thread writer : writers) {
            writer.join();
        }
        int pieces = tunnels.stream().mapToInt(TestTunnel::pieces).sum();
        assertThat(TUNNELS * BYTES_EACH / pieces / 1024).as("KiB a frame").isGreaterThanOrEqualTo(KIBIBYTES_LEAST);
    }
}
