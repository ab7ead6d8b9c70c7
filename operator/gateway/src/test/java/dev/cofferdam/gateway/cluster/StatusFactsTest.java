package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.gateway.channel.FactsStore.Stored;
import dev.cofferdam.gateway.channel.Results;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of facts when the API server says no, or nothing. A real one says these things too seldom to be asked. */
@Timeout(300)
class StatusFactsTest {
    /** Instead of an answer, the connection breaks. */
    private static final int BROKEN = 0;

    private final ConcurrentLinkedQueue<Integer> answers = new ConcurrentLinkedQueue<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<JsonNode> bodies = new CopyOnWriteArrayList<>();
    private final AtomicInteger retries = new AtomicInteger();
    private final ClusterView view = new ClusterView();
    private ApiStandIn api;
    private KubernetesClient client;

    @BeforeEach
    void start() throws Exception {
        api = new ApiStandIn(this::answer);
        client = api.client();
        view.put(Given.claimed(""));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void oneApplyUnderOurNameAgainstWhatWasRead() throws Exception {
        answers.add(200);
        assertThat(store()).isInstanceOf(Stored.Kept.class);
        assertThat(asked)
                .containsExactly("PATCH /apis/cofferdam.dev/v1alpha1/namespaces/ns/toolruns/run/status"
                        + "?fieldValidation=Strict&fieldManager=cofferdam-gateway application/apply-patch+yaml");
        assertThat(bodies.getFirst().at("/metadata/resourceVersion").textValue())
                .isEqualTo("7");
        assertThat(bodies.getFirst().at("/metadata/uid").textValue()).isEqualTo(Given.RUN_UID);
        assertThat(bodies.getFirst().at("/status/result/exitCode").intValue()).isZero();
    }

    @Test
    void factsOutlastConflictsAndAnApiServerThatIsAway() throws Exception {
        answers.addAll(List.of(409, 503, BROKEN, 429, 401, 200));
        assertThat(store()).isInstanceOf(Stored.Kept.class);
        assertThat(retries).hasValue(5);
        assertThat(asked.stream().filter(line -> line.startsWith("GET")))
                .as("reads again before each")
                .hasSize(5);
        assertThat(bodies.getLast().at("/metadata/resourceVersion").textValue()).isEqualTo("8");
    }

    /** The controller waits three seconds for facts from when a pod's end is told, which may be as the API server comes back. */
    @Test
    void nextTimeIsNeverLongerAwayThanTheControllerWaits() {
        Duration delay = Duration.ZERO;
        for (int tries = 0; tries < 20; tries++) {
            delay = StatusFacts.longer(delay);
            assertThat(delay).isBetween(Duration.ofMillis(50), Duration.ofSeconds(2));
        }
    }

    @Test
    void theLastWordIsTaken() throws Exception {
        answers.add(413);
        assertThat(store()).isInstanceOf(Stored.TooLarge.class);
        answers.add(422);
        assertThat(store()).isInstanceOf(Stored.TooLarge.class);
        answers.add(404);
        assertThat(store()).isInstanceOf(Stored.Refused.class);
        assertThat(retries).hasValue(0);
    }

    @Test
    void whatIsOnRecordSoFarIsOneApplyWithoutAResult() throws Exception {
        answers.add(200);

        assertThat(storeInterim()).isTrue();

        assertThat(asked).singleElement().asString().startsWith("PATCH");
        assertThat(bodies.getFirst().at("/metadata/resourceVersion").textValue())
                .isEqualTo("7");
        assertThat(bodies.getFirst().at("/status/audit/sources/0/total").intValue())
                .isEqualTo(1);
        assertThat(bodies.getFirst().at("/status/result").isMissingNode()).isTrue();
    }

    /** There is more of it later. */
    @Test
    void whatIsOnRecordSoFarIsGivenUpSoon() throws Exception {
        answers.addAll(List.of(409, 503));
        assertThat(storeInterim()).isFalse();
        answers.add(422);
        assertThat(storeInterim()).isFalse();
        assertThat(retries).hasValue(0);
    }

    /** What is remembered of it lacks what its tool said. */
    @Test
    void aRunThatHasFactsOfAnAttemptBeforeIsReadAnew() throws Exception {
        view.put(Given.claimed(", result: {podUID: earlier, outcome: TimedOut, stdout: said}"));
        answers.add(200);

        assertThat(storeInterim()).isTrue();

        assertThat(asked).hasSize(2).first().asString().startsWith("GET");
    }

    @Test
    void answersOfTheApiServer() {
        assertThat(StatusFacts.judge(409, "", 1).toString()).contains("Again");
        assertThat(StatusFacts.judge(503, "", 1).toString()).contains("Again");
        assertThat(StatusFacts.judge(500, "etcdserver: request is too large", 1).toString())
                .contains("TooLarge");
        assertThat(StatusFacts.judge(413, "", 1).toString()).contains("TooLarge");
        assertThat(StatusFacts.judge(404, "", 1).toString()).contains("Refused");
        assertThat(StatusFacts.judge(200, "", 1).toString()).contains("Kept");
    }

    private boolean storeInterim() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            return new StatusFacts(client, view, new ApiObjects(), threads, retries::incrementAndGet)
                    .store(GivenFacts.interim())
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS);
        }
    }

    private Stored store() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            return new StatusFacts(client, view, new ApiObjects(), threads, retries::incrementAndGet)
                    .store(GivenFacts.of(Results.exited(0)))
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS);
        }
    }

    private void answer(HttpServerRequest request) {
        asked.add((request.method() + " " + request.uri() + " " + request.getHeader("Content-Type"))
                .replace(" null", ""));
        if (request.method().name().equals("GET")) {
            var run = Given.claimed("");
            run.getMetadata().setResourceVersion("8");
            request.response().putHeader("Content-Type", "application/json").end(Serialization.asJson(run));
            return;
        }
        request.body().onSuccess(body -> {
            try {
                bodies.add(new ObjectMapper().readTree(body.getBytes()));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            int code = answers.remove();
            if (code == BROKEN) {
                request.connection().close();
            } else {
                request.response()
                        .setStatusCode(code)
                        .putHeader("Content-Type", "application/json")
                        .end("{}");
            }
        });
    }
}
