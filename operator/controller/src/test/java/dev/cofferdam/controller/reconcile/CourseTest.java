package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.controller.status.Reduction;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.PolicyCompiler;
import dev.cofferdam.policy.Served;
import dev.cofferdam.policy.Setting;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is taken away of a run that ends before a pod of it was claimed, and when: against an API server's answers by HTTP. */
class CourseTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String POD_NAME = Names.podName("u", 1);
    private static final String KEY = Names.keyLease("k");
    private static final String POD = """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "agents", "name": "%s", "uid": "p1", "resourceVersion": "7",
             "ownerReferences": [{"apiVersion": "cofferdam.dev/v1alpha1", "kind": "ToolRun", "name": "call", "uid": "u", "controller": true}]}}""".formatted(POD_NAME);
    private static final String LEASE = """
            {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"namespace": "agents", "name": "%s", "resourceVersion": "7",
              "annotations": {"cofferdam.dev/run": "first"}},
             "spec": {"holderIdentity": "%s"}}""";
    private static final String FIRST = """
            {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "ToolRun", "metadata": {"namespace": "agents", "name": "first", "uid": "f", "creationTimestamp": "2026-01-01T00:00:00Z"},
             "spec": {"policyRef": {"name": "p"}, "tool": "sh", "idempotencyKey": "k"},
             "status": {"phase": "Running", "attempts": [{"number": 1, "podName": "first-1"}]}}""";

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile int podDeletion = HttpURLConnection.HTTP_OK;
    private volatile String keyHolder = "u";
    private ApiStandIn api;
    private Course course;

    @BeforeEach
    void start() throws IOException {
        api = new ApiStandIn(this::answer);
        course = course();
    }

    /** As a controller has it that has just begun. */
    private Course course() {
        Lifetime lifetime = new Lifetime(
                Duration.ofHours(24),
                Duration.ofHours(24),
                Duration.ofMinutes(1),
                Duration.ofMinutes(2),
                Duration.ofMinutes(5));
        Workbench bench = new Workbench(
                api.client(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                new Places(),
                null,
                null,
                null,
                null,
                null,
                new Agenda(),
                lifetime,
                null,
                null,
                Optional.empty(),
                "test");
        return new Course(
                bench,
                null,
                new Sandboxes(api.client(), null, null, null),
                null,
                new Keys(api.client(), null, new KeyCounts(api.client(), 10)));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    /** A claim whose answer was lost may be stored: then the end is refused, and the pod has a tool at work. */
    @Test
    void noPodIsTakenAwayBeforeTheEndIsStored() {
        ToolRun run = run("");

        Observation observation = course.follow(run, refused(run), NOW);
        assertThat(asked).isEmpty();

        course.clear(run, Reducer.reduce(run, observation, false, NOW), NOW);
        assertThat(asked).containsExactly("GET " + POD_NAME, "DELETE " + POD_NAME);
    }

    /** The run is settled, and seen no more. */
    @Test
    void aPodThatCannotBeTakenAwayKeepsNoKey() {
        podDeletion = HttpURLConnection.HTTP_INTERNAL_ERROR;
        ToolRun run = run(", idempotencyKey: k");
        Reduction reduction = Reducer.reduce(run, course.follow(run, refused(run), NOW), false, NOW);

        course.clear(run, reduction, NOW);

        assertThat(asked).containsExactly("GET " + POD_NAME, "DELETE " + POD_NAME, "GET " + KEY, "DELETE " + KEY);
    }

    /** The first one's place, its attempts and the delays between them, and a quarter of an hour. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            idempotent: false |                                                                                      | PT1H25M
            idempotent: false | concurrency: {active: 1, queueTimeout: 5m}                                           | PT1H30M
            idempotent: true  | concurrency: {active: 1, queueTimeout: 5m}, retry: {maxAttempts: 2, maxDelay: 30s} | PT2H41M
            """)
    void whoWaitsForTheFirstOfItsKeyWaitsAsLongAsThatCouldTakeAndNoLonger(
            String idempotent, String more, Duration patience) {
        keyHolder = "f";
        ToolRun run = run(", idempotencyKey: k");
        Grounds grounds = granted(run, idempotent, more);
        Instant last = NOW.plus(patience);

        assertThat(looking().follow(run, grounds, last)).isInstanceOfSatisfying(Observation.Waiting.class, waiting -> {
            assertThat(waiting.reason()).isEqualTo(Reason.AwaitingFirst);
            assertThat(waiting.message()).startsWith("the run \"");
        });
        assertThat(course().follow(run, grounds, last.plusSeconds(1)))
                .as("by a controller that has just begun")
                .isInstanceOf(Observation.Waiting.class);
        Observation over = looking().follow(run, grounds, last.plusSeconds(1));

        // Then nothing ran, another run may fare better, and the key stays whose it is
        Reduction reduction = Reducer.reduce(run, over, true, last.plusSeconds(1));
        ToolRunStatus ended = reduction.status();
        assertThat(ended.phase()).isEqualTo(Phase.Failed);
        assertThat(ended.conditions()).anySatisfy(condition -> {
            assertThat(condition.getType()).isEqualTo("Finished");
            assertThat(condition.getReason()).isEqualTo("AwaitTimedOut");
            assertThat(condition.getMessage()).contains("the run \"first\" ", "executed nothing");
        });
        assertThat(ended.error().retryable()).isTrue();
        assertThat(ended.attempts()).isEmpty();
        assertThat(ended.replayOf()).isNull();
        course.clear(run, reduction, last.plusSeconds(1));
        assertThat(asked).endsWith("GET " + KEY).doesNotContain("DELETE " + KEY);
    }

    /** A controller that was there when all began. */
    private Course looking() {
        Course course = course();
        ToolRun other = run("");
        course.follow(other, refused(other), NOW);
        return course;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {phase: Denied}                                       | {phase: Denied}                                              | 1
                    {phase: Pending}                                      | {phase: Succeeded, plan: {pod: a}}                           |
                    {phase: Pending}                                      | {phase: Succeeded, replayOf: {name: a, uid: b}}              |
                    {attempts: [{number: 1}]}                             | {phase: Failed, attempts: [{number: 1, finishedAt: a}]}      |
                    {attempts: [{number: 1, finishedAt: a}]}              | {phase: Failed, attempts: [{number: 1, finishedAt: a}]}      | 2
                    {attempts: [{number: 1, finishedAt: a}, {number: 2}]} | {phase: Failed, attempts: [{number: 1}, {number: 2}]}        |
                    """)
    void onlyThePodOfAnAttemptThatWasDueMayHaveBeenMadeInVain(String before, String ended, Integer attempt) {
        assertThat(Aftermath.inVain(status(before), status(ended)))
                .isEqualTo(attempt == null ? OptionalInt.empty() : OptionalInt.of(attempt));
    }

    private static ToolRunStatus status(String yaml) {
        return Serialization.unmarshal("---\n" + yaml, ToolRunStatus.class);
    }

    private static Grounds refused(ToolRun run) {
        return Grounds.of(
                run, Setting.of(Optional.empty()), Optional.of(new Halt("agents", "Suspended")), Optional.empty());
    }

    private static Grounds granted(ToolRun run, String idempotent, String more) {
        return Grounds.of(
                run,
                Setting.of(Optional.of(PolicyCompiler.compile(
                        Serialization.unmarshal(
                                """
                        apiVersion: cofferdam.dev/v1alpha1
                        kind: SandboxPolicy
                        metadata: {name: p, namespace: agents, generation: 1}
                        spec: {tools: [{name: sh, image: i, command: [sh, -c], %s}], permissions: {resources: {limits: {timeout: 1h}}}%s}
                        """.formatted(idempotent, more == null ? "" : ", " + more), SandboxPolicy.class),
                        Served.NOW))),
                Optional.empty(),
                Optional.empty());
    }

    private static ToolRun run(String more) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: call, namespace: agents, uid: u, generation: 1, resourceVersion: "7", creationTimestamp: "2026-01-01T00:00:00Z"}
                spec: {policyRef: {name: p}, tool: sh%s}
                """.formatted(more), ToolRun.class);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        boolean deletes = exchange.getRequestMethod().equals("DELETE");
        asked.add(exchange.getRequestMethod() + " " + name);
        exchange.getRequestBody().readAllBytes();
        String found = name.equals("first") ? FIRST : name.equals(KEY) ? LEASE.formatted(KEY, keyHolder) : POD;
        byte[] body = found.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(deletes && name.equals(POD_NAME) ? podDeletion : 200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
