package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CanaryTest {
    @Test
    void whoeverComesIsTakenAndSentAway() throws Exception {
        Vertx vertx = Vertx.vertx();
        List<Socket> peers = new ArrayList<>();
        try {
            Canary canary = new Canary(vertx, "127.0.0.1", 0);
            int port = canary.listen()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            for (int i = 0; i < 100; i++) {
                peers.add(new Socket("127.0.0.1", port));
            }
            for (Socket peer : peers) {
                peer.setSoTimeout((int) Harness.PATIENCE.toMillis());
                assertThat(peer.getInputStream().read()).isEqualTo(-1);
            }
        } finally {
            for (Socket peer : peers) {
                peer.close();
            }
            vertx.close().toCompletionStage().toCompletableFuture().get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }
}
