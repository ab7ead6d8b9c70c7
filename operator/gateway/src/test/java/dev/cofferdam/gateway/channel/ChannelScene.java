package dev.cofferdam.gateway.channel;

import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A replica with nobody on it: the real port. */
abstract class ChannelScene {
    static final Optional<String> FIRST = Optional.empty();
    static Vertx vertx;
    private static TestCertificate certificate;
    Harness gateway;

    @BeforeAll
    static void prepare(@TempDir Path folder) throws Exception {
        vertx = Vertx.vertx();
        certificate = TestCertificate.make(folder);
    }

    @AfterAll
    static void end() {
        vertx.close();
    }

    @BeforeEach
    void start() throws Exception {
        gateway = another();
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    /** One more replica; who asks for it closes it. */
    static Harness another() throws Exception {
        return Harness.start(vertx, certificate);
    }

    TestSupervisor connect(Optional<String> session) throws Exception {
        return connect(gateway, session);
    }

    static TestSupervisor connect(Harness replica, Optional<String> session) throws Exception {
        return TestSupervisor.connect(vertx, replica, certificate, session);
    }

    /** The answer to somebody who gets no channel. */
    int refused(Optional<String> session) throws Exception {
        return refused(gateway, session);
    }

    static int refused(Harness replica, Optional<String> session) throws Exception {
        return TestSupervisor.refused(vertx, replica, certificate, session);
    }
}
