package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What no honest supervisor does ends its run. */
class ChannelTamperingTest extends ChannelScene {
    @Test
    void whatIsNotAFrameIsTampering() throws Exception {
        String tooLong = "{\"type\":\"" + "x".repeat(FrameDecoder.FRAME_BYTES_MOST) + "\"}";
        for (String text : new String[] {"{\"type\":\"started\",\"extra\":1}", TestSupervisor.HELLO, tooLong}) {
            try (Harness fresh = another()) {
                TestSupervisor supervisor = connect(fresh, FIRST);
                supervisor.frame();
                supervisor.send(text);
                assertThat(supervisor.closed()).isEqualTo((short) 1008);
                assertThat(fresh.facts().outcome()).isEqualTo(Outcome.Tampered);
            }
        }
    }

    @Test
    void framesBeyondTheTransportsBoundAndBinaryOnesAreTampering() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();
        supervisor.send("x".repeat(200_000));
        assertThat(gateway.facts().outcome()).isEqualTo(Outcome.Tampered);

        try (Harness fresh = another()) {
            TestSupervisor other = connect(fresh, FIRST);
            other.frame();
            other.sendBytes(TestSupervisor.STARTED.getBytes(StandardCharsets.UTF_8));
            assertThat(other.closed()).isEqualTo((short) 1008);
            assertThat(fresh.facts().outcome()).isEqualTo(Outcome.Tampered);
        }
    }

    @Test
    void aMessageInPiecesIsTampering() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();
        supervisor.ping();
        supervisor.send(TestSupervisor.STARTED);
        await().until(() -> gateway.audit.stream().anyMatch(line -> line.contains("\"start\"")));
        assertThat(gateway.facts).isEmpty();
        supervisor.sendPiece("{\"type\":");
        assertThat(supervisor.closed()).isEqualTo((short) 1008);
        assertThat(gateway.facts().outcome()).isEqualTo(Outcome.Tampered);
    }

    @Test
    void aProgramBeforeTheStartAndAnyOtherEventAreTampering() throws Exception {
        for (String text : new String[] {
            TestSupervisor.EXEC,
            TestSupervisor.EXEC.replace("ProcessExec", "SecretAccess"),
            TestSupervisor.EXEC.replace("Denied", "Error")
        }) {
            try (Harness fresh = another()) {
                TestSupervisor supervisor = connect(fresh, FIRST);
                supervisor.frame();
                supervisor.send(text);
                assertThat(supervisor.closed()).isEqualTo((short) 1008);
                assertThat(fresh.facts().outcome()).isEqualTo(Outcome.Tampered);
            }
        }
    }

    @Test
    void aSecondRequestEndsTheRun() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();
        supervisor.send(TestSupervisor.STARTED);

        assertThat(refused(FIRST)).isEqualTo(403);

        assertThat(supervisor.frame().get("reason").textValue()).isEqualTo("Tampered");
        Facts facts = gateway.facts();
        assertThat(facts.outcome()).isEqualTo(Outcome.Tampered);
        assertThat(facts.audit().denied()).isEqualTo(1);
        assertThat(supervisor.frame().get("type").textValue()).isEqualTo("stored");
    }

    @Test
    void aSecondRequestAfterTheChannelClosedEndsTheRunToo() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();
        supervisor.drop();
        await().until(() -> gateway.channels.connected() == 0);
        assertThat(refused(FIRST)).isEqualTo(403);
        assertThat(gateway.facts().outcome()).isEqualTo(Outcome.Tampered);
    }

    /** Each would be a line of the log, and the metric counts sandboxes. */
    @Test
    void whoeverGoesOnTamperingIsCountedAndLoggedOnce() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();
        for (int i = 0; i < 5; i++) {
            assertThat(refused(FIRST)).isEqualTo(403);
        }
        assertThat(gateway.facts().outcome()).isEqualTo(Outcome.Tampered);
        assertThat(gateway.refused(Refusal.SecondChannel)).isEqualTo(5);
        assertThat(gateway.tampered).hasValue(1);
    }

    @Test
    void aForgedSessionEndsTheRun() throws Exception {
        connect(FIRST).frame();
        assertThat(refused(Optional.of("forged"))).isEqualTo(403);
        assertThat(gateway.facts().outcome()).isEqualTo(Outcome.Tampered);
    }
}
