package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A supervisor that comes back, to the same replica or another one. */
class ChannelResumeTest extends ChannelScene {
    @Test
    void aSupervisorComesBackAndTellsItsStoryAgain() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        Optional<String> session = Optional.of(supervisor.frame().get("session").textValue());
        supervisor.send(TestSupervisor.STARTED, TestSupervisor.HELLO, TestSupervisor.EXEC);
        await().until(() -> gateway.audit.stream().anyMatch(line -> line.contains("\"exec\"")));

        TestSupervisor again = connect(session);

        assertThat(supervisor.closed()).isEqualTo((short) 1001);
        assertThat(again.frame().get("type").textValue()).isEqualTo("resumed");
        again.send(
                TestSupervisor.STARTED,
                TestSupervisor.HELLO,
                TestSupervisor.EXEC,
                TestSupervisor.EXEC,
                TestSupervisor.exited(0, 6));
        assertThat(again.frame().get("type").textValue()).isEqualTo("stored");
        Facts facts = gateway.facts();
        assertThat(facts.output().stdout().text()).isEqualTo("hello\n");
        assertThat(facts.audit().events().stream().map(AuditEvent::action))
                .containsExactly("provide", "provide", "start", "exec", "resume", "exec", "exit");

        assertThat(connect(session).frame().get("type").textValue()).isEqualTo("stored");
        assertThat(gateway.facts).isEmpty();
    }

    @Test
    void anotherReplicaKnowsTheSession() throws Exception {
        Optional<String> session =
                Optional.of(connect(FIRST).frame().get("session").textValue());
        try (Harness other = another()) {
            TestSupervisor again = connect(other, session);
            assertThat(again.frame().get("type").textValue()).isEqualTo("resumed");
            again.send(
                    TestSupervisor.STARTED,
                    TestSupervisor.exited(0, 0).replace("\"durationMillis\":5", "\"durationMillis\":60000"));
            assertThat(again.frame().get("type").textValue()).isEqualTo("stored");
            Facts facts = other.facts();
            assertThat(Duration.between(facts.startedAt().orElseThrow(), facts.finishedAt()))
                    .isEqualTo(Duration.ofMinutes(1));
            // What the one before had under way is told by nobody, and that is said.
            assertThat(facts.audit().events())
                    .filteredOn(event -> event.action().equals("resume"))
                    .singleElement()
                    .satisfies(event -> assertThat(event.detail()).containsEntry("before", "Interrupted"));
            assertThat(refused(other, FIRST)).isEqualTo(403);
        }
    }

    /** It is told the whole story again. */
    @Test
    void whatAnotherReplicaHasStoredIsNotOnRecordAgain() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        Optional<String> session = Optional.of(supervisor.frame().get("session").textValue());
        try (Harness other = another()) {
            other.told = 2;
            TestSupervisor again = connect(other, session);
            assertThat(again.frame().get("type").textValue()).isEqualTo("resumed");

            again.send(
                    TestSupervisor.STARTED,
                    TestSupervisor.EXEC,
                    TestSupervisor.EXEC,
                    TestSupervisor.EXEC,
                    TestSupervisor.exited(0, 0));

            assertThat(other.facts().audit().events())
                    .extracting(AuditEvent::action)
                    .containsExactly("resume", "start", "exec", "exit");
        }
    }

    /** And has it come back to the first one, that one does not have it a second time either; nor say more than once that there was another one. */
    @Test
    void whoeverGetsItBackHasNotOnRecordAgainWhatAnotherReplicaHasStoredMeanwhile() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        Optional<String> session = Optional.of(supervisor.frame().get("session").textValue());
        try (Harness other = another()) {
            other.told = 1;
            TestSupervisor there = connect(other, session);
            there.frame();
            there.send(TestSupervisor.STARTED, TestSupervisor.EXEC, TestSupervisor.EXEC);
            await().until(() -> other.audit.stream().anyMatch(line -> line.contains("\"exec\"")));
            other.told = 3;

            TestSupervisor back = connect(other, session);
            back.frame();
            back.send(
                    TestSupervisor.STARTED,
                    TestSupervisor.EXEC,
                    TestSupervisor.EXEC,
                    TestSupervisor.EXEC,
                    TestSupervisor.EXEC,
                    TestSupervisor.exited(0, 0));

            List<AuditEvent> events = other.facts().audit().events();
            assertThat(events)
                    .extracting(AuditEvent::action)
                    .containsExactly("resume", "start", "exec", "resume", "exec", "exit");
            assertThat(events)
                    .filteredOn(event -> event.detail().containsKey("before"))
                    .containsExactly(events.getFirst());
        }
    }
}
