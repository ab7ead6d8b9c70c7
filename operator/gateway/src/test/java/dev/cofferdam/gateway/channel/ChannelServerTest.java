package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol, over a real socket. Who may come and where facts go are the test's; the cluster has tests of its own. */
class ChannelServerTest extends ChannelScene {
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
    void aRenewedCertificateIsUsedWithoutARestart(@TempDir Path folder) throws Exception {
        TestCertificate renewed = TestCertificate.make(folder);
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
}
