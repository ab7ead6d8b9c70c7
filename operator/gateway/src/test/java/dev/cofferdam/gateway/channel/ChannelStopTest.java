package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.record.Reason;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Orders to stop, and what becomes of who gets them. */
class ChannelStopTest extends ChannelScene {
    private static final String FROZEN =
            "{\"type\":\"result\",\"outcome\":\"Frozen\",\"stdoutBytes\":0,\"stderrBytes\":0,\"durationMillis\":5,\"cpuMillis\":1,\"peakMemoryBytes\":1}";

    @Test
    void anOrderToStopArrivesAlsoAfterAResume() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        Optional<String> session = Optional.of(supervisor.frame().get("session").textValue());
        gateway.stop = Optional.of(Reason.Suspended);
        gateway.channels.policyChanged("ns", "other");
        gateway.channels.policyChanged("ns", "p");
        assertThat(supervisor.frame().get("reason").textValue()).isEqualTo("Suspended");
        gateway.channels.policyChanged("ns", "p");
        assertThat(gateway.audit)
                .filteredOn(event -> event.contains("CapabilityRevoke"))
                .singleElement()
                .asString()
                .contains("\"action\":\"revoke\"", "\"reason\":\"Suspended\"", "\"result\":\"Denied\"");
        TestSupervisor again = connect(session);
        assertThat(again.frame().get("type").textValue()).isEqualTo("resumed");
        assertThat(again.frame().get("reason").textValue()).isEqualTo("Suspended");
    }

    @Test
    void whatIsQuarantinedIsFrozenAndNotKilled() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        Optional<String> session = Optional.of(supervisor.frame().get("session").textValue());
        supervisor.send(TestSupervisor.STARTED);
        gateway.stop = Optional.of(Reason.Quarantined);
        gateway.channels.policyChanged("ns", "p");
        assertThat(supervisor.frame().get("type").textValue()).isEqualTo("freeze");
        TestSupervisor again = connect(session);
        assertThat(again.frame().get("type").textValue()).isEqualTo("resumed");
        assertThat(again.frame()).hasToString("{\"type\":\"freeze\",\"reason\":\"Quarantined\"}");
        again.send(TestSupervisor.STARTED, FROZEN);
        Facts facts = gateway.facts();
        assertThat(facts.outcome()).isEqualTo(Outcome.Frozen);
        assertThat(facts.stop()).contains("Quarantined");
        assertThat(again.frame().get("type").textValue()).isEqualTo("stored");
    }

    @Test
    void whoStandsStillUnorderedIsNoHonestSupervisor() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();
        supervisor.send(TestSupervisor.STARTED, FROZEN);
        assertThat(gateway.facts().outcome()).isEqualTo(Outcome.Tampered);
    }

    /** Nor is a pod kept by its own word, because it has changed to a replica that knows of no order; but where there was one, that is asked for. */
    @ParameterizedTest
    @CsvSource({"false,Stopped", "true,Frozen"})
    void whoStandsStillAtAnotherReplicaIsBelievedWhereItIsQuarantined(boolean quarantined, Outcome outcome)
            throws Exception {
        Optional<String> session =
                Optional.of(connect(FIRST).frame().get("session").textValue());
        try (Harness other = another()) {
            TestSupervisor again = connect(other, session);
            assertThat(again.frame().get("type").textValue()).isEqualTo("resumed");
            other.stop = Optional.of(Reason.Quarantined).filter(reason -> quarantined);
            again.send(TestSupervisor.STARTED, FROZEN);
            Facts facts = other.facts();
            assertThat(facts.outcome()).isEqualTo(outcome);
            assertThat(facts.stop()).isEqualTo(other.stop.map(Reason::name));
        }
    }

    @Test
    void aDeletedRunIsStoppedAndItsEndIsOnRecord() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();
        supervisor.send(TestSupervisor.STARTED);
        await().until(() -> gateway.audit.size() == 3);
        gateway.channels.runGone("run-uid", "Deleted");
        assertThat(supervisor.frame().get("reason").textValue()).isEqualTo("Deleted");
        assertThat(gateway.audit).last().asString().contains("\"exit\"", "\"reason\":\"Deleted\"", "\"seq\":4");
    }
}
