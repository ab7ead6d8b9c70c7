package dev.cofferdam.gateway.channel;

import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A replica with nobody on it: the real port. */
abstract class ChannelScene extends CertifiedScene {
    static final Optional<String> FIRST = Optional.empty();
    Harness gateway;

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
