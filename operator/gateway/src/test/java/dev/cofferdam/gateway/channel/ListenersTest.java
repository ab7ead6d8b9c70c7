package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListenersTest {
    /** One loop is one processor. */
    @Test
    void supervisorsAreDealtOutToLoops(@TempDir Path folder) throws Exception {
        Vertx vertx = Vertx.vertx();
        TestCertificate certificate = TestCertificate.make(folder);
        try (Harness gateway = Harness.start(vertx, certificate)) {
            // The first is what the run's channel is; all others ask in vain.
            TestSupervisor.connect(vertx, gateway, certificate, Optional.empty());
            for (int other = 0; other < 3; other++) {
                TestSupervisor.refused(vertx, gateway, certificate, Optional.empty());
            }

            assertThat(gateway.loops).hasSize(2);
        } finally {
            vertx.close();
        }
    }
}
