package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** What is run again, how often and when. How often a tool ran is counted from outside: by the pods whose container started, and by a server that it calls. */
@ClusterTest
class RetryTest {
    /** Seconds by which a slow machine may be late; fewer than a delay that is not bounded would be longer. */
    private static final int LATE = 70;

    /** A tool that is well or not by what its Secret says when its attempt begins. */
    private static final RunRequest FLAKY = shell("echo ran; [ \"$(cat /run/secrets/mood)\" = well ] || sleep 300")
            .withSecrets("mood")
            .withTimeout("3s");

    /** The same, and it calls a server first. */
    private static RunRequest calling(Sink sink) {
        return tool(
                        "bash",
                        "exec 3<>/dev/tcp/%s/%d; printf hello >&3; read -n 5 word <&3; echo $word; [ \"$(</run/secrets/mood)\" = well ] || sleep 300"
                                .formatted(sink.address(), Sink.PORT))
                .withSecrets("mood")
                .withTimeout("15s");
    }

    private static String policy(boolean idempotent, String retry) {
        return policy(idempotent, retry, "");
    }

    private static String policy(boolean idempotent, String retry, String network) {
        return """
                tools:
                - {name: sh, image: cofferdam.local/shell:1, command: [sh, -c], idempotent: %1$s}
                - {name: python, image: cofferdam.local/python:1, command: [python3, -c], idempotent: %1$s}
                - {name: bash, image: cofferdam.local/python:1, command: [bash, -c], idempotent: %1$s}
                permissions:
                  exec: {allow: [{command: sleep}, {command: cat}]}
                  secrets: {allow: [{name: mood, secretKeyRef: {name: mood, key: mood}}]}
                  resources: {limits: {cpu: 250m, memory: 64Mi, timeout: 300s}}
                  network: {allow: [%2$s]}
                """.formatted(idempotent, network) + retry;
    }

    private static void mood(Tenant tenant, String mood) {
        tenant.kubectl("delete", "secret", "mood", "--ignore-not-found");
        assertThat(tenant.kubectl("create", "secret", "generic", "mood", "--from-literal=mood=" + mood)
                        .exitCode())
                .isZero();
    }

    @Test
    void aFlakyToolThatMayRunTwiceSucceedsOnItsThirdAttempt(Tenant tenant) {
        // Given a tool that does not come to an end as things are, and much time before its third attempt
        mood(tenant, "ill");
        Sink sink = Sink.in(tenant);
        tenant.policy(
                Tenant.POLICY,
                policy(
                        true,
                        "retry: {maxAttempts: 5, initialDelay: 10s, multiplier: 10, maxDelay: 20s, jitter: 0}\n",
                        "{cidr: %s/32, port: %d, protocol: tcp}".formatted(sink.address(), Sink.PORT)));
        Set<String> started = ConcurrentHashMap.newKeySet();
        try (var watch = tenant.client().pods().inNamespace(tenant.namespace()).inform(new StartedPods(started))) {
            ToolRun run = tenant.create(calling(sink));

            // When it is well after its second one
            ToolRun second = tenant.until(run, now -> ended(now, 2));
            mood(tenant, "well");

            // Then
            assertThat(second.getStatus().phase()).isEqualTo(Phase.Pending);
            assertThat(condition(second, "Finished").getReason()).isEqualTo("Retrying");
            assertThat(second.getStatus().result().podUID())
                    .as("what the second attempt said")
                    .isEqualTo(second.getStatus().attempts().getLast().podUID());
            ToolRun ended = tenant.finished(run);
            assertThat(ended.getStatus().phase())
                    .as(Serialization.asYaml(ended.getStatus()))
                    .isEqualTo(Phase.Succeeded);
            List<Attempt> attempts = ended.getStatus().attempts();
            assertThat(attempts).extracting(Attempt::reason).containsExactly("TimedOut", "TimedOut", "ExitedZero");
            assertThat(attempts).extracting(Attempt::podUID).doesNotHaveDuplicates();
            assertThat(ended.getStatus().result().podUID())
                    .isEqualTo(attempts.getLast().podUID());
            assertThat(ended.getStatus().result().stdout()).isEqualTo("hello\n");
            assertThat(ended.getStatus().error()).isNull();
            assertThat(made(tenant, attempts.get(1)))
                    .isBetween(after(attempts.get(0), 10), after(attempts.get(0), 10 + LATE));
            assertThat(made(tenant, attempts.get(2)))
                    .as("not after 10 s · 10")
                    .isBetween(after(attempts.get(1), 20), after(attempts.get(1), 20 + LATE));
            assertThat(sink.hits(Sink.PORT)).as("how often it called").isEqualTo(3);
            // The watch of the pods is another one than that of the run, and a log lags behind both.
            await().atMost(Tenant.PATIENCE).untilAsserted(() -> {
                assertThat(StartedPods.of(started, ended)).isEqualTo(3);
                assertThat(AuditStream.of("cofferdam-gateway", ended).stream()
                                .filter(event -> "start".equals(event.get("action"))))
                        .hasSize(3);
            });
        }
    }

    @Test
    void aToolThatMayNotRunTwiceNeverDoes(Tenant tenant) {
        mood(tenant, "ill");
        Sink sink = Sink.in(tenant);
        tenant.policy(
                Tenant.POLICY,
                policy(false, "", "{cidr: %s/32, port: %d, protocol: tcp}".formatted(sink.address(), Sink.PORT)));
        Set<String> started = ConcurrentHashMap.newKeySet();
        try (var watch = tenant.client().pods().inNamespace(tenant.namespace()).inform(new StartedPods(started))) {
            ToolRun late = tenant.create(calling(sink));
            ToolRun lost = tenant.begun(shell("echo begun; sleep 300"));
            tenant.kubectl(
                    "delete",
                    "pod",
                    tenant.pod(lost).orElseThrow().getMetadata().getName());

            for (ToolRun run : List.of(tenant.finished(late), tenant.finished(lost))) {
                assertThat(run.getStatus().phase()).isNotEqualTo(Phase.Succeeded);
                assertThat(run.getStatus().attempts()).hasSize(1);
                assertThat(StartedPods.of(started, run)).isEqualTo(1);
            }
            assertThat(sink.hits(Sink.PORT)).as("how often it called").isEqualTo(1);
        }
    }

    @Test
    void aRunWithoutFactsIsTriedAgainAsOftenAsItsPolicySays(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(true, "retry: {maxAttempts: 2}\n"));

        ToolRun run = tenant.run(tool("python", "hog = []\nwhile True: hog.append(bytearray(16 << 20))"));

        assertThat(run.getStatus().attempts())
                .extracting(Attempt::reason)
                .containsExactly("OutOfMemory", "OutOfMemory");
        assertThat(condition(run, "Finished").getReason()).isEqualTo("OutOfMemory");
        assertThat(run.getStatus().exitCode()).isEqualTo(137);
    }

    @Test
    void aDeletedPodIsMadeAgainForAToolThatMayRunTwice(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(true, ""));
        ToolRun run = tenant.begun(shell("echo begun; sleep 300"));

        tenant.kubectl(
                "delete", "pod", tenant.pod(run).orElseThrow().getMetadata().getName());

        ToolRun again = tenant.until(run, now -> now.getStatus().attempts().size() == 2);
        assertThat(again.getStatus().attempts().getFirst().reason()).isEqualTo("PodDeleted");
        tenant.cancel(run);
        assertThat(tenant.finished(run).getStatus().phase()).isEqualTo(Phase.Cancelled);
    }

    @Test
    void whatIsItsOwnOrWasRefusedIsNotTriedAgain(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(true, "retry: {maxAttempts: 10}\n"));

        ToolRun failed = tenant.run(shell("exit 3"));
        ToolRun refused = tenant.run(tool("bash", "exec curl --version"));
        ToolRun withoutSecret = tenant.run(FLAKY);

        assertThat(List.of(failed, refused, withoutSecret))
                .extracting(run -> condition(run, "Finished").getReason())
                .containsExactly("ExitedNonZero", "ProgramNotAllowed", "SecretMissing");
        assertThat(List.of(failed, refused, withoutSecret))
                .allSatisfy(run -> assertThat(run.getStatus().attempts()).hasSize(1));
    }

    @Test
    void aRunThatIsCancelledBetweenItsAttemptsHasNoOther(Tenant tenant) {
        mood(tenant, "ill");
        tenant.policy(Tenant.POLICY, policy(true, "retry: {initialDelay: 1h, maxDelay: 1h}\n"));
        ToolRun run = tenant.create(FLAKY);
        tenant.until(run, now -> ended(now, 1));

        tenant.cancel(run);

        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(ended.getStatus().attempts()).extracting(Attempt::reason).containsExactly("TimedOut");
        assertThat(tenant.pods()).hasSizeLessThanOrEqualTo(1);
    }

    private static boolean ended(ToolRun run, int attempt) {
        return run.getStatus() != null
                && run.getStatus().attempts().size() == attempt
                && run.getStatus().attempts().getLast().finishedAt() != null;
    }

    /** Kubernetes keeps whole seconds of a creation. */
    private static Instant after(Attempt attempt, int seconds) {
        return Instant.parse(attempt.finishedAt()).plusSeconds(seconds).minus(Duration.ofSeconds(1));
    }

    private static Instant made(Tenant tenant, Attempt attempt) {
        Pod pod = tenant.client()
                .pods()
                .inNamespace(tenant.namespace())
                .withName(attempt.podName())
                .get();
        return Instant.parse(pod.getMetadata().getCreationTimestamp());
    }
}
