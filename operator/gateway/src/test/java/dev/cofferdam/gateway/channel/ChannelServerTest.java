package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.record.Reason;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The protocol, over a real socket. Who may come and where facts go are the test's; the cluster has tests of its own. */
class ChannelServerTest {
    private static final Optional<String> FIRST = Optional.empty();
    private static Vertx vertx;
    private static TestCertificate certificate;
    private static TestCertificate renewed;
    private Harness gateway;

    @BeforeAll
    static void prepare(@TempDir Path folder) throws Exception {
        vertx = Vertx.vertx();
        certificate = TestCertificate.make(folder);
        renewed = TestCertificate.make(folder);
    }

    @AfterAll
    static void end() {
        vertx.close();
    }

    @BeforeEach
    void start() throws Exception {
        gateway = Harness.start(vertx, certificate);
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    @Test
    void aWholeRun() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        assertThat(supervisor.frame().get("argv").get(0).textValue()).isEqualTo("sh");

        supervisor.send(TestSupervisor.STARTED, TestSupervisor.HELLO, TestSupervisor.exited(42, 6));

        assertThat(supervisor.frame().get("type").textValue()).isEqualTo("stored");
        Facts facts = gateway.facts();
        assertThat(facts.output().stdout().text()).isEqualTo("hello\n");
        assertThat(facts.result().orElseThrow().exitCode()).hasValue(42);
        assertThat(facts.startedAt()).isPresent();
        assertThat(facts.audit().events().stream().map(AuditEvent::action))
                .containsExactly("provide", "provide", "start", "exit");
        assertThat(gateway.audit).hasSize(4);
        assertThat(gateway.audit.get(1)).contains("\"SecretAccess\"", "\"token\"", "\"Allowed\"");
    }

    @Test
    void aSecretThatIsMissingIsOnRecord() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        assertThat(supervisor.frame().get("secrets").get(0).textValue()).isEqualTo("token");

        supervisor.send(TestSupervisor.MISSING);

        assertThat(supervisor.frame().get("type").textValue()).isEqualTo("stored");
        assertThat(gateway.facts().result().orElseThrow().secrets()).containsExactly("token");
        assertThat(gateway.audit.get(2)).contains("\"SecretAccess\"", "\"token\"", "\"Error\"", "\"SecretMissing\"");
    }

    @Test
    void whatIsNotAFrameIsTampering() throws Exception {
        String tooLong = "{\"type\":\"" + "x".repeat(FrameDecoder.FRAME_BYTES_MOST) + "\"}";
        for (String text : new String[] {"{\"type\":\"started\",\"extra\":1}", TestSupervisor.HELLO, tooLong}) {
            try (Harness fresh = Harness.start(vertx, certificate)) {
                TestSupervisor supervisor = TestSupervisor.connect(vertx, fresh, certificate, FIRST);
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

        try (Harness fresh = Harness.start(vertx, certificate)) {
            TestSupervisor other = TestSupervisor.connect(vertx, fresh, certificate, FIRST);
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

    @Test
    void aForgedSessionEndsTheRun() throws Exception {
        connect(FIRST).frame();
        assertThat(refused(Optional.of("forged"))).isEqualTo(403);
        assertThat(gateway.facts().outcome()).isEqualTo(Outcome.Tampered);
    }

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
    void whatAToolStartedIsOnRecordAndQuoted() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();

        supervisor.send(TestSupervisor.STARTED, TestSupervisor.EXEC, TestSupervisor.exited(0, 0));

        assertThat(supervisor.frame().get("type").textValue()).isEqualTo("stored");
        assertThat(gateway.facts().audit().events())
                .filteredOn(event -> event.action().equals("exec"))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.eventType()).isEqualTo(AuditEventType.ProcessExec);
                    assertThat(event.result()).isEqualTo(AuditResult.Denied);
                    assertThat(event.resource()).isEqualTo("/usr/bin/curl\\u000a");
                    assertThat(event.detail())
                            .containsExactly(Map.entry("count", "3"), Map.entry("reason", "ProgramNotAllowed"));
                });
    }

    @Test
    void aProgramBeforeTheStartAndAnyOtherEventAreTampering() throws Exception {
        for (String text : new String[] {
            TestSupervisor.EXEC,
            TestSupervisor.EXEC.replace("ProcessExec", "SecretAccess"),
            TestSupervisor.EXEC.replace("Denied", "Error")
        }) {
            try (Harness fresh = Harness.start(vertx, certificate)) {
                TestSupervisor supervisor = TestSupervisor.connect(vertx, fresh, certificate, FIRST);
                supervisor.frame();
                supervisor.send(text);
                assertThat(supervisor.closed()).isEqualTo((short) 1008);
                assertThat(fresh.facts().outcome()).isEqualTo(Outcome.Tampered);
            }
        }
    }

    @Test
    void anotherReplicaKnowsTheSession() throws Exception {
        Optional<String> session =
                Optional.of(connect(FIRST).frame().get("session").textValue());
        try (Harness other = Harness.start(vertx, certificate)) {
            TestSupervisor again = TestSupervisor.connect(vertx, other, certificate, session);
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
            assertThat(TestSupervisor.refused(vertx, other, certificate, FIRST)).isEqualTo(403);
        }
    }

    /** It is told the whole story again. */
    @Test
    void whatAnotherReplicaHasStoredIsNotOnRecordAgain() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        Optional<String> session = Optional.of(supervisor.frame().get("session").textValue());
        try (Harness other = Harness.start(vertx, certificate)) {
            other.told = 2;
            TestSupervisor again = TestSupervisor.connect(vertx, other, certificate, session);
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
        try (Harness other = Harness.start(vertx, certificate)) {
            other.told = 1;
            TestSupervisor there = TestSupervisor.connect(vertx, other, certificate, session);
            there.frame();
            there.send(TestSupervisor.STARTED, TestSupervisor.EXEC, TestSupervisor.EXEC);
            await().until(() -> other.audit.stream().anyMatch(line -> line.contains("\"exec\"")));
            other.told = 3;

            TestSupervisor back = TestSupervisor.connect(vertx, other, certificate, session);
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

    @Test
    void refusalsAreEmptyAndCounted() throws Exception {
        gateway.identification = new Identification.Refused(Refusal.WrongPeer, "else\nwhere");
        assertThat(refused(FIRST)).isEqualTo(403);
        assertThat(gateway.audit)
                .singleElement()
                .asString()
                .contains("PolicyViolation", "Denied", "WrongPeer", "127.0.0.1", "else\\\\u000awhere")
                .doesNotContain("run_uid");
        gateway.identification = new Identification.Undecided(Refusal.NotClaimed, "not yet");
        assertThat(refused(FIRST)).isEqualTo(503);
        assertThat(gateway.audit).hasSize(1);
        assertThat(gateway.refused(Refusal.WrongPeer)).isEqualTo(1);
        assertThat(gateway.refused(Refusal.NotClaimed)).isEqualTo(1);
    }

    @Test
    void whatWasAimedAtARunIsInItsRecordWithoutTouchingIt() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();
        gateway.identification = new Identification.Refused(Refusal.WrongPeer, "elsewhere", Optional.of(Harness.CLAIM));
        for (int i = 0; i < 30; i++) {
            assertThat(refused(FIRST)).isEqualTo(403);
        }
        supervisor.send(TestSupervisor.STARTED, TestSupervisor.exited(0, 0));

        Facts facts = gateway.facts();
        assertThat(facts.result().orElseThrow().exitCode()).hasValue(0);
        assertThat(facts.audit().denied()).isEqualTo(16);
        assertThat(facts.audit().events())
                .filteredOn(event -> event.action().equals("connect"))
                .allSatisfy(event -> assertThat(event.detail())
                        .containsEntry("reason", "WrongPeer")
                        .containsEntry("peer", "127.0.0.1"));
        assertThat(gateway.refused(Refusal.WrongPeer)).isEqualTo(30);
    }

    @Test
    void aJobThatNeverLeftCanBeAskedForAgain() throws Exception {
        gateway.handOver = CompletableFuture.completedStage(new HandOver.Unavailable("no answer"));
        assertThat(refused(FIRST)).isEqualTo(503);
        CompletableFuture<HandOver> slow = new CompletableFuture<>();
        gateway.handOver = slow;
        CompletableFuture<TestSupervisor> first = CompletableFuture.supplyAsync(() -> {
            try {
                return connect(FIRST);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        // The other one would wait for the slow job itself, were it the first.
        await().until(() -> gateway.jobsAsked.get() == 2);
        await().until(() -> refused(FIRST) == 503 && gateway.refused(Refusal.Opening) > 0);
        slow.complete(new HandOver.Granted(Harness.JOB));
        assertThat(first.get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .frame()
                        .get("type")
                        .textValue())
                .isEqualTo("job");
        assertThat(gateway.facts).isEmpty();
    }

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
        try (Harness other = Harness.start(vertx, certificate)) {
            TestSupervisor again = TestSupervisor.connect(vertx, other, certificate, session);
            assertThat(again.frame().get("type").textValue()).isEqualTo("resumed");
            other.stop = Optional.of(Reason.Quarantined).filter(reason -> quarantined);
            again.send(TestSupervisor.STARTED, FROZEN);
            Facts facts = other.facts();
            assertThat(facts.outcome()).isEqualTo(outcome);
            assertThat(facts.stop()).isEqualTo(other.stop.map(Reason::name));
        }
    }

    private static final String FROZEN =
            "{\"type\":\"result\",\"outcome\":\"Frozen\",\"stdoutBytes\":0,\"stderrBytes\":0,\"durationMillis\":5,\"cpuMillis\":1,\"peakMemoryBytes\":1}";

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

    @Test
    void factsThatAreTooLargeAreStoredWithoutOutput() throws Exception {
        gateway.stored = new FactsStore.Stored.TooLarge("too large");
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();
        supervisor.send(TestSupervisor.STARTED, TestSupervisor.HELLO, TestSupervisor.exited(0, 6));
        assertThat(gateway.facts().output().stdout().text()).isEqualTo("hello\n");
        Facts less = gateway.facts();
        assertThat(less.output().stdout().text()).isEmpty();
        assertThat(less.output().stdout().truncated()).isTrue();
        assertThat(less.output().stdout().total()).isEqualTo(6);
        assertThat(less.audit().events().getLast().detail()).containsEntry("reason", "OutputNotStored");
        assertThat(supervisor.closed()).isEqualTo((short) 1008);
        assertThat(gateway.facts).isEmpty();
    }

    @Test
    void aRenewedCertificateIsUsedWithoutARestart() throws Exception {
        TestSupervisor before = connect(FIRST);
        Optional<String> session = Optional.of(before.frame().get("session").textValue());
        gateway.server
                .use(renewed.options())
                .toCompletionStage()
                .toCompletableFuture()
                .get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(TestSupervisor.connect(vertx, gateway, renewed, session)
                        .frame()
                        .get("type")
                        .textValue())
                .isEqualTo("resumed");
    }

    @Test
    void whoeverLeavesSendsItsSupervisorsElsewhere() throws Exception {
        TestSupervisor supervisor = connect(FIRST);
        supervisor.frame();
        supervisor.send(TestSupervisor.STARTED);
        await().until(() -> gateway.audit.stream().anyMatch(line -> line.contains("\"start\"")));
        gateway.server.leave();
        assertThat(supervisor.closed()).isEqualTo((short) 1001);
        assertThat(gateway.audit.getLast()).contains("\"leave\"");
        assertThat(refused(FIRST)).isEqualTo(503);
    }

    private TestSupervisor connect(Optional<String> session) throws Exception {
        return TestSupervisor.connect(vertx, gateway, certificate, session);
    }

    private int refused(Optional<String> session) throws Exception {
        return TestSupervisor.refused(vertx, gateway, certificate, session);
    }
}
