package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.gateway.channel.HandOver;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is given a job, by what the API server says when it is asked: a pod that starts late may be one that the controller is about to give up. */
@Timeout(300)
class LateHandOutTest {
    private static final Instant SCHEDULED = Instant.parse("2026-01-01T00:00:00Z");
    private static final String POLICY = """
            {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "SandboxPolicy", "metadata": {"name": "p", "namespace": "ns", "uid": "u", "generation": 1,
             "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": {"tools": [{"name": "t", "image": "i", "command": ["sh"]}]}}""";
    private static final String NAMESPACES = """
            {"apiVersion": "v1", "kind": "NamespaceList", "metadata": {"resourceVersion": "9"}, "items": [%s]}""";
    private static final String STOPPED = """
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ns", "labels": {"cofferdam.dev/state": "Suspended"}}}""";

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<JsonNode> stored = new CopyOnWriteArrayList<>();
    private final ClusterView view = new ClusterView();
    private volatile String run = "";
    private volatile String namespaces = NAMESPACES.formatted("");
    private volatile int answer = 200;
    private ApiStandIn api;

    @BeforeEach
    void start() throws Exception {
        api = new ApiStandIn(this::answer);
        view.put(Given.claimed(""));
        view.put(pod());
        run = Serialization.asJson(Given.claimed(""));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void whoStartsInTimeIsGivenItsJobByOneRead() throws Exception {
        assertThat(job(9)).isInstanceOf(HandOver.Granted.class);
        assertThat(asked).containsExactly("GET p");
    }

    /** Else the kubelet, which has not spoken yet, would be believed that nothing ran. */
    @Test
    void whoStartsLateIsGivenItsJobWhenThatIsOnRecord() throws Exception {
        assertThat(job(10)).isInstanceOf(HandOver.Granted.class);
        assertThat(asked).containsExactly("GET run", "GET namespaces", "GET p", "PATCH status");
        assertThat(stored.getFirst().at("/status/execution/podUID").textValue()).isEqualTo(Given.POD_UID);
        assertThat(stored.getFirst().at("/metadata/resourceVersion").textValue())
                .isEqualTo("7");
    }

    /** The controller was faster; the supervisor asks again, and is refused where the run has ended. */
    @ParameterizedTest
    @CsvSource({"409, Unavailable", "503, Unavailable", "404, Refused", "422, Refused"})
    void whatCannotBePutOnRecordIsNotHandedOut(int code, String handOver) throws Exception {
        answer = code;

        assertThat(job(10).getClass().getSimpleName()).isEqualTo(handOver);
    }

    /** The watch may have been silent for as long as the pod took to start. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    attempts: [{number: 1, podUID: @, finishedAt: "2026-01-01T00:01:00Z", reason: StartTimedOut}], settled: true
                    attempts: [{number: 1, podUID: @}, {number: 2, podUID: next}]
                    attempts: [{number: 1, podUID: @}], result: {podUID: @, outcome: Exited}
                    """)
    void whatTheWatchHasMissedCountsAll(String status) throws Exception {
        run = Serialization.asJson(
                Given.run("{decision: {verdict: Allowed, policyVersion: v}, effective: {limits: {outputBytes: 10}}, "
                        + status.replace("@", Given.POD_UID) + "}"));

        assertThat(job(10)).isInstanceOf(HandOver.Refused.class);
        assertThat(stored).isEmpty();
    }

    @Test
    void aStopThatTheWatchHasMissedCountsToo() throws Exception {
        namespaces = NAMESPACES.formatted(STOPPED);

        assertThat(job(10)).isInstanceOf(HandOver.Refused.class);
        assertThat(stored).isEmpty();
    }

    private HandOver job(int secondsAfterItWasScheduled) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            ApiObjects objects = new ApiObjects();
            StatusFacts facts = new StatusFacts(api.client(), view, objects, threads, () -> {});
            InstantSource clock = InstantSource.fixed(SCHEDULED.plusSeconds(secondsAfterItWasScheduled));
            return new LiveJobs(api.client(), view, objects, facts, clock, threads)
                    .job(Given.CLAIM)
                    .toCompletableFuture()
                    .get(ApiStandIn.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static Pod pod() {
        return Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, namespace: ns, uid: %s}
                spec:
                  containers: [{name: tool, image: i, env: [{name: COFFERDAM_DEADLINE_SECONDS, value: "60"}]}]
                status:
                  conditions: [{type: PodScheduled, status: "True", lastTransitionTime: "%s"}]
                """.formatted(Given.POD_NAME, Given.POD_UID, SCHEDULED), Pod.class);
    }

    private void answer(HttpServerRequest request) {
        String path = request.path();
        String name = path.substring(path.lastIndexOf('/') + 1);
        asked.add(request.method() + " " + name);
        request.response().putHeader("Content-Type", "application/json");
        switch (name) {
            case "run" -> request.response().end(run);
            case "p" -> request.response().end(POLICY);
            case "namespaces" -> request.response().end(namespaces);
            default ->
                request.body().onSuccess(body -> {
                    try {
                        stored.add(new ObjectMapper().readTree(body.getBytes()));
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                    request.response().setStatusCode(answer).end("{}");
                });
        }
    }
}
