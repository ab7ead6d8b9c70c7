package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.controller.status.Reduction;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.Setting;
import dev.cofferdam.record.Names;
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
            {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"namespace": "agents", "name": "%s", "resourceVersion": "7"},
             "spec": {"holderIdentity": "u"}}""".formatted(KEY);

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile int podDeletion = HttpURLConnection.HTTP_OK;
    private ApiStandIn api;
    private Course course;

    @BeforeEach
    void start() throws IOException {
        api = new ApiStandIn(this::answer);
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
        course = new Course(
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
        byte[] body = (name.equals(KEY) ? LEASE : POD).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(deletes && name.equals(POD_NAME) ? podDeletion : 200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
