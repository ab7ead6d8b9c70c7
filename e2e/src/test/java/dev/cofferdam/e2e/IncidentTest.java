package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/** Types what policy-examples/incident tells a person to type, and sees that it does what is written there. Alone, because it stops everything. */
@ClusterTest
@Isolated
@Execution(ExecutionMode.SAME_THREAD)
class IncidentTest {
    private static final Path RUNBOOK = Path.of("..", "policy-examples", "incident");
    private static final String POLICY = "incident";
    private static final RunRequest LOOP =
            tool("loop", "echo begun; sleep 3600").withPolicy(POLICY);

    @TempDir
    Path evidence;

    private Instant since = Instant.now();

    @BeforeEach
    void policy(Tenant tenant) throws IOException {
        SandboxPolicy policy =
                Serialization.unmarshal(Files.readString(RUNBOOK.resolve("policy.yaml")), SandboxPolicy.class);
        policy.getMetadata().setNamespace(tenant.namespace());
        tenant.client().resource(policy).create();
    }

    @Test
    void everyStepStopsWhatItSaysAndTheLastOneLetsItGoOn(Tenant tenant) throws IOException {
        // Given a run that asked for too much, one that is wanted no more, one that must not go on, and one that waits
        ToolRun greedy = tenant.run(tool("loop", "true").withPolicy(POLICY).withSecrets("token"));
        ToolRun one = tenant.create(LOOP);
        ToolRun two = tenant.create(LOOP);
        tenant.begunOf(one);
        tenant.begunOf(two);
        ToolRun waiting = tenant.create(LOOP);
        tenant.until(waiting, run -> run.getStatus() != null && run.getStatus().phase() == Phase.Queued);
        tenant.until(one, run -> run.getStatus().phase() == Phase.Running);
        String name = one.getMetadata().getName();

        try {
            assertThat(type(tenant, name, "1. See").getFirst()).contains(name);
            type(tenant, name, "2. Stop one run");
            assertThat(reason(tenant, one)).isEqualTo("Cancelled");
            ToolRun third = tenant.begunOf(waiting);

            type(tenant, name, "3. Stop a policy");
            assertThat(reason(tenant, two)).isEqualTo("Suspended");
            assertThat(reason(tenant, third)).isEqualTo("Suspended");
            assertThat(reason(tenant, tenant.create(LOOP))).isEqualTo("PolicySuspended");

            type(tenant, name, "4. Stop a namespace");
            assertThat(reason(tenant, tenant.create(LOOP))).isIn("NamespaceSuspended", "PolicySuspended");

            type(tenant, name, "5. Stop everything");
            type(tenant, name, "6. Make sure");
            await().atMost(Tenant.PATIENCE).until(() -> tenant.pods().stream().noneMatch(IncidentTest::runs));

            List<String> kept = type(tenant, name, "7. Keep what tells what happened");
            assertThat(Files.readString(evidence.resolve("objects.yaml")))
                    .contains(name, "kind: SandboxPolicy", "stopReason: Cancelled");
            assertThat(Files.readString(evidence.resolve("gateway.jsonl")))
                    .contains(one.getMetadata().getUid());
            assertThat(Files.readString(evidence.resolve("controller.jsonl")))
                    .contains(one.getMetadata().getUid());
            assertThat(evidence.resolve("events.yaml")).isNotEmptyFile();
            assertThat(kept.getLast().lines())
                    .filteredOn(line -> line.contains(greedy.getMetadata().getUid()))
                    .singleElement(as(STRING))
                    .contains("\"event_type\":\"SecretAccess\"", "\"resource\":\"token\"", "\"result\":\"Denied\"");
            since = Instant.now();
            assertThat(type(tenant, name, "7. Keep what tells what happened").getLast())
                    .isEmpty();

            type(tenant, name, "8. Let it go on");
            ToolRun after = tenant.run(tool("loop", "echo well").withPolicy(POLICY));
            assertThat(after.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(reason(tenant, two)).isEqualTo("Suspended");
        } finally {
            Kubectl.kubectl("label", "namespace", Names.SYSTEM_NAMESPACE, Names.STATE_LABEL + "-");
            Kubectl.kubectl("label", "namespace", tenant.namespace(), Names.STATE_LABEL + "-");
        }
    }

    @Test
    void whatIsFrozenIsThereUntilSomebodyTakesItAway(Tenant tenant) throws IOException {
        ToolRun run = tenant.begun(LOOP);
        String name = run.getMetadata().getName();
        String pod = tenant.resource(run).get().getStatus().sandbox().podName();

        List<String> told = type(tenant, name, "9. Freeze instead of killing");

        assertThat(told.getFirst()).containsPattern(name + " +Frozen +" + pod).containsPattern(pod + " .*Running");
        assertThat(reason(tenant, run)).isEqualTo("Quarantined");
        await().atMost(Tenant.PATIENCE).until(() -> tenant.pods().isEmpty());
        assertThat(type(tenant, name, "8. Let it go on")).isNotEmpty();
        assertThat(tenant.run(tool("loop", "echo well").withPolicy(POLICY))
                        .getStatus()
                        .phase())
                .isEqualTo(Phase.Succeeded);
    }

    @Test
    void everyStepIsTyped() throws IOException {
        assertThat(steps().keySet())
                .containsExactly(
                        "",
                        "1. See",
                        "2. Stop one run",
                        "3. Stop a policy",
                        "4. Stop a namespace",
                        "5. Stop everything",
                        "6. Make sure",
                        "7. Keep what tells what happened",
                        "8. Let it go on",
                        "9. Freeze instead of killing");
    }

    private static boolean runs(Pod pod) {
        return pod.getStatus() != null && "Running".equals(pod.getStatus().getPhase());
    }

    private static String reason(Tenant tenant, ToolRun run) {
        return condition(tenant.finished(run), "Finished").getReason();
    }

    /** What each block of a step prints. */
    private List<String> type(Tenant tenant, String run, String step) throws IOException {
        return steps().get(step).stream()
                .map(block -> shell(tenant, run, block))
                .toList();
    }

    private String shell(Tenant tenant, String run, String block) {
        ProcessBuilder shell = new ProcessBuilder("bash", "-euo", "pipefail", "-c", block).redirectErrorStream(true);
        shell.environment()
                .putAll(Map.of(
                        "NAMESPACE",
                        tenant.namespace(),
                        "POLICY",
                        POLICY,
                        "RUN",
                        run,
                        "EVIDENCE",
                        evidence.toString(),
                        "SINCE",
                        since.toString(),
                        "KUBECONFIG",
                        TestCluster.shared().kubeconfig().toString()));
        try {
            Process process = shell.start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes());
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).as(block).isTrue();
            assertThat(process.exitValue()).as(block + text).isZero();
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The blocks of commands of the runbook, by their headings; those before the first have none. */
    private static Map<String, List<String>> steps() throws IOException {
        Map<String, List<String>> steps = new TreeMap<>();
        String heading = "";
        Matcher parts = Pattern.compile("(?ms)^## (.*?)$|^```sh\\n(.*?)^```$")
                .matcher(Files.readString(RUNBOOK.resolve("README.md")));
        while (parts.find()) {
            if (parts.group(1) != null) {
                heading = parts.group(1);
            } else {
                steps.merge(
                        heading,
                        List.of(parts.group(2)),
                        (some, more) ->
                                Stream.concat(some.stream(), more.stream()).toList());
            }
        }
        return steps;
    }
}
