package dev.cofferdam.gateway.channel;

import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What replicas are started with: made once for all tests of a class, and the certificate for all of a process. */
abstract class CertifiedScene {
    static Vertx vertx;
    static TestCertificate certificate;

    @BeforeAll
    static void prepare(@TempDir Path folder) throws Exception {
        vertx = Vertx.vertx();
        if (certificate == null) {
            certificate = TestCertificate.make(folder);
        }
    }

    @AfterAll
    static void end() {
        vertx.close();
    }
}
