package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.Golden;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.policy.Decider;
import dev.cofferdam.policy.Ruling;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LifetimeTest {
    private static final Instant END = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration SLACK = Duration.ofSeconds(120);
    private static final Path CASES = Path.of("src/test/resources");

    private final Lifetime lifetime = new Lifetime(
            Duration.ofHours(24), Duration.ofHours(24), Duration.ofSeconds(60), SLACK, Duration.ofMinutes(5));

    @Test
    void aRunLivesForItsOwnTimeOrTheInstallations() throws IOException {
        assertThat(lifetime.due(ended("90s"))).contains(END.plusSeconds(90));
        assertThat(lifetime.due(ended("0s"))).contains(END);
        assertThat(lifetime.due(ended(null))).contains(END.plus(Duration.ofHours(24)));
    }

    @Test
    void aRunThatHasNotEndedIsNeverDue() throws IOException {
        ToolRun running = Golden.read(CASES.resolve("reduce/running-nothing-new/in-run.yaml"), ToolRun.class);

        assertThat(lifetime.due(running)).isEmpty();
        assertThat(Lifetime.finishedAt(running)).isEmpty();
    }

    @Test
    void onlyWhatIsDueBeforeThePassGoesOnTheAgenda() throws IOException {
        assertThat(lifetime.soon(ended("5m"), END)).contains(END.plusSeconds(300));
        assertThat(lifetime.soon(ended("301s"), END)).isEmpty();
        assertThat(lifetime.soon(ended(null), END)).isEmpty();
    }

    /** The agent that made the run chose its time to live; what is frozen is not for it to remove. */
    @ParameterizedTest
    @CsvSource({"0s,,130", "10s,,130", "10m,,600", ",,86400", "0s,3600000,3600", "0s,1000,1", "2h,3600000,7200"})
    void whatIsFrozenIsKeptWhateverItsRunAsksFor(String ttl, Long keep, long seconds) throws IOException {
        ToolRun run = frozen(ttl, keep);

        assertThat(lifetime.due(run)).contains(END.plusSeconds(seconds));
        assertThat(lifetime.soon(run, END))
                .isEqualTo(Optional.of(END.plusSeconds(seconds)).filter(at -> seconds <= 300));
    }

    private static ToolRun frozen(String ttl, Long keep) throws IOException {
        ToolRun run = ended(ttl);
        run.setStatus(Serialization.unmarshal(
                """
                effective: {limits: {timeoutMillis: 10000}%s}
                result: {outcome: Frozen}
                conditions: [{type: Finished, status: 'True', reason: Quarantined, lastTransitionTime: '%s'}]
                """.formatted(keep == null ? "" : ", quarantineKeepMillis: " + keep, END), ToolRunStatus.class));
        return run;
    }

    /** Until its key is forgotten too: else whoever comes again would be told that nobody knows. */
    @ParameterizedTest
    @CsvSource({
        "'k, 0s', 'attempts: [{number: 1, podName: p, podUID: u}]', 86400",
        "'k, 90s', 'attempts: [{number: 1, podName: p, podUID: u}]', 86490",
        "'k, 90s', '', 90",
        "'\"\", 90s', 'attempts: [{number: 1, podName: p, podUID: u}]', 90",
    })
    void whatWasExecutedUnderAKeyIsKeptUntilItsKeyExpires(String keyAndTtl, String attempts, long seconds) {
        String[] words = keyAndTtl.split(", ");
        ToolRun run = Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: call, namespace: agents, uid: u1}
                spec: {policyRef: {name: p}, tool: sh, idempotencyKey: %s, ttlAfterFinished: %s}
                status:
                  conditions: [{type: Finished, status: "True", reason: ExitedZero, lastTransitionTime: "%s"}]
                  %s
                """.formatted(words[0], words[1], END, attempts), ToolRun.class);

        assertThat(lifetime.due(run)).contains(END.plusSeconds(seconds));
        assertThat(lifetime.soon(run, END))
                .isEqualTo(Optional.of(END.plusSeconds(seconds)).filter(at -> seconds <= 300));
    }

    @Test
    void aPodOfAnEarlierAttemptIsNotTheNewest() throws IOException {
        ToolRun running = Golden.read(CASES.resolve("reduce/running-nothing-new/in-run.yaml"), ToolRun.class);

        assertThat(Lifetime.isOfUse(running, pod("p1"))).isTrue();
        assertThat(Lifetime.isOfUse(running, pod("p0"))).isFalse();
    }

    @Test
    void whatIsFrozenIsKeptAsPlannedOrUntilItsPodsDeadlineAndItsRunWithIt() {
        Pod pod = new PodBuilder(pod("p1"))
                .withNewSpec()
                .withActiveDeadlineSeconds(130L)
                .endSpec()
                .withNewStatus()
                .withStartTime(END.minusSeconds(30).toString())
                .endStatus()
                .build();

        assertThat(lifetime.podDue(stopped("Stopped", ", quarantineKeepMillis: 3600000"), pod))
                .contains(END.plusSeconds(60));
        assertThat(lifetime.podDue(stopped("Frozen", ""), pod)).contains(END.plusSeconds(100));
        assertThat(lifetime.podDue(stopped("Frozen", ", quarantineKeepMillis: 3600000"), pod))
                .contains(END.plusSeconds(3600));
        assertThat(lifetime.podDue(stopped("Frozen", ", quarantineKeepMillis: 1000"), pod))
                .contains(END.plusSeconds(60));
        assertThat(lifetime.due(stopped("Frozen", ", quarantineKeepMillis: 3600000")))
                .contains(END.plusSeconds(3600));
        assertThat(lifetime.due(stopped("Stopped", ", quarantineKeepMillis: 3600000")))
                .contains(END);
    }

    private static ToolRun stopped(String outcome, String effective) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: call, namespace: agents, uid: u1}
                spec: {policyRef: {name: p}, tool: sh, ttlAfterFinished: 0s}
                status:
                  effective: {runtimeClassName: gvisor%2$s}
                  attempts: [{number: 1, podName: cofferdam-u1-1, podUID: p1}]
                  result: {podUID: p1, outcome: %1$s}
                  conditions: [{type: Finished, status: "True", reason: Quarantined, lastTransitionTime: "2026-01-01T00:00:00Z"}]
                """.formatted(outcome, effective), ToolRun.class);
    }

    private static Pod pod(String uid) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("cofferdam-any-1")
                .withUid(uid)
                .endMetadata()
                .build();
    }

    private static ToolRun ended(String ttl) throws IOException {
        ToolRun run = Golden.read(CASES.resolve("plan/in-run.yaml"), ToolRun.class);
        var spec = run.getSpec();
        run.setSpec(new ToolRunSpec(
                spec.policyRef(),
                spec.mode(),
                spec.tool(),
                spec.args(),
                spec.stdin(),
                spec.stdinEncoding(),
                spec.env(),
                spec.workspace(),
                spec.capabilities(),
                spec.secrets(),
                spec.timeout(),
                ttl,
                spec.outputMode(),
                spec.idempotencyKey(),
                spec.requestedBy(),
                spec.cancel()));
        Ruling.Refused refused = (Ruling.Refused) Decider.decide(Optional.empty(), run.getSpec());
        run.setStatus(
                Reducer.reduce(run, new Observation.Denied(refused), false, END).status());
        return run;
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT0.999S", "PT-1S", "PT8760H1S"})
    void aKeyIsKeptForASecondAtLeastAndAYearAtMost(Duration key) {
        assertThatThrownBy(() -> new Lifetime(Duration.ZERO, key, Duration.ZERO, SLACK, Duration.ofMinutes(5)))
                .hasMessageContaining("cofferdam.run.key-retention")
                .hasMessageContaining("1s to 365d");
        assertThat(new Lifetime(Duration.ZERO, Duration.ofDays(365), Duration.ZERO, SLACK, Duration.ZERO).key())
                .isEqualTo(Duration.ofDays(365));
    }
}
