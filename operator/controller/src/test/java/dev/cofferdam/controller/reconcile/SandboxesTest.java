package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpExchange;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.plan.NetworkPolicyPlan;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SandboxesTest {
    private static final String RUN = """
            {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "ToolRun", "metadata": {"namespace": "agents", "name": "run", "uid": "u1", "resourceVersion": "7"}}""";

    private final List<String> deletions = new CopyOnWriteArrayList<>();

    /** Whoever looks at an old version of a run may see a pod without a claim whose tool runs. */
    @ParameterizedTest
    @CsvSource({"7, '', true", "6, '', false", "7, 2026-01-01T00:00:00Z, false"})
    void aPodIsClearedAwayOnlyWhereTheRunIsAsItWasSeen(String seen, String going, boolean cleared) throws IOException {
        ToolRun run = new ToolRun();
        run.setMetadata(metadata("run", seen).build());
        Pod pod = new Pod();
        ObjectMeta metadata = metadata("cofferdam-u1-1", "40").build();
        metadata.setDeletionTimestamp(going.isEmpty() ? null : going);
        pod.setMetadata(metadata);

        try (ApiStandIn api = new ApiStandIn(this::answer)) {
            new Sandboxes(api.client(), null, null, null).clear(run, pod);
        }

        assertThat(deletions)
                .hasSize(cleared ? 1 : 0)
                .allSatisfy(body -> assertThat(body).contains("\"resourceVersion\":\"40\""));
    }

    /** Else a run that somebody keeps would have no end while its namespace is deleted, and that would wait for it. */
    @ParameterizedTest
    @CsvSource({"NamespaceTerminating, false", "FieldValueForbidden, true"})
    void nothingIsGuardedInANamespaceThatGoesAway(String cause, boolean thrown) throws IOException {
        String refusal = """
                {"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": 403, "reason": "Forbidden", "details": {"causes": [{"reason": "%s"}]}}""".formatted(cause);

        try (ApiStandIn api = new ApiStandIn(exchange -> answer(exchange, HttpURLConnection.HTTP_FORBIDDEN, refusal))) {
            Sandboxes sandboxes = new Sandboxes(api.client(), null, null, null);

            assertThat(catchThrowable(() -> sandboxes.create(NetworkPolicyPlan.plan("agents"))) != null)
                    .isEqualTo(thrown);
        }
    }

    private static ObjectMetaBuilder metadata(String name, String version) {
        return new ObjectMetaBuilder().withNamespace("agents").withName(name).withResourceVersion(version);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (exchange.getRequestMethod().equals("DELETE")) {
            deletions.add(body);
        }
        answer(exchange, HttpURLConnection.HTTP_OK, RUN);
    }

    private static void answer(HttpExchange exchange, int code, String text) throws IOException {
        byte[] answer = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }
}
