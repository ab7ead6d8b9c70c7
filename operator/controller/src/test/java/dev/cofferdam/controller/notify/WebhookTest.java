package dev.cofferdam.controller.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertSeverity;
import dev.cofferdam.controller.alert.Firing;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A webhook against a real server of HTTP. */
class WebhookTest {
    private static final String CONDITION = "permission_denials > 3 per hour && tool == '\"<\\\\'";
    private static final Firing FIRING = new Firing(
            "agents",
            "code-tools",
            "uid",
            "denials",
            CONDITION,
            AlertSeverity.Critical,
            AlertAction.DisableComponent,
            new AlertFiring(
                    "4f1c",
                    "2026-01-01T00:00:00Z",
                    "sh",
                    List.of("permission_denials per 3600s: 4"),
                    null,
                    null,
                    null,
                    null),
            7);

    private record Heard(String method, String authorization, String key, String body) {}

    private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private HttpServer server;
    private volatile int code = 204;

    @TempDir
    Path files;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            heard.add(new Heard(
                    exchange.getRequestMethod(),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Idempotency-Key"),
                    new String(exchange.getRequestBody().readAllBytes())));
            exchange.getResponseHeaders().add("Location", "/elsewhere");
            exchange.sendResponseHeaders(code, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private Webhook webhook(Optional<Path> header) {
        return new Webhook(URI.create("http://localhost:" + server.getAddress().getPort() + "/hook"), header, client);
    }

    @Test
    void tellsWhatFiredAndNothingElse() throws Exception {
        Path header = Files.writeString(files.resolve("header"), "Authorization: Bearer secret\n");

        assertThat(webhook(Optional.of(header)).tell(FIRING)).isEmpty();

        Heard told = heard.take();
        assertThat(told.method()).isEqualTo("POST");
        assertThat(told.authorization()).isEqualTo("Bearer secret");
        assertThat(told.key()).isEqualTo("4f1c");
        JsonNode body = new ObjectMapper().readTree(told.body());
        assertThat(body.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "version",
                        "id",
                        "alert",
                        "namespace",
                        "policy",
                        "policyUid",
                        "severity",
                        "action",
                        "condition",
                        "firedAt",
                        "fired",
                        "tool",
                        "counts");
        assertThat(body.get("condition").asText()).isEqualTo(CONDITION);
        assertThat(body.get("severity").asText() + body.get("action").asText()).isEqualTo("criticaldisable_component");
        assertThat(body.get("fired").asInt()).isEqualTo(7);
    }

    @Test
    void isNotToldWhereItDoesNotTakeIt() throws Exception {
        for (int refused : List.of(302, 400, 404, 500, 503)) {
            code = refused;
            assertThat(webhook(Optional.empty()).tell(FIRING)).contains("it answered " + refused);
        }
        assertThat(heard).as("no redirection was followed").hasSize(5);
        server.stop(0);
        assertThat(webhook(Optional.empty()).tell(FIRING)).contains("ConnectException");
    }

    /** The server holds the body back until it is stopped, behind the assertion. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void waitsForNoBody() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        server.createContext("/hook", exchange -> {
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().flush();
            try {
                told.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        try {
            assertThat(webhook(Optional.empty()).tell(FIRING)).isEmpty();
        } finally {
            told.countDown();
        }
    }

    @Test
    void aHeaderThatIsNoneIsNotSentAndNotTold() throws Exception {
        for (String text : List.of("secret", "A: secret\nB: secret", "Host: secret", "", "Content-Length: 1")) {
            Path header = Files.writeString(files.resolve("header"), text);
            assertThat(webhook(Optional.of(header)).tell(FIRING).orElseThrow()).doesNotContain("secret");
        }
        assertThat(webhook(Optional.of(files.resolve("missing"))).tell(FIRING)).contains("NoSuchFileException");
        assertThat(heard).isEmpty();
    }
}
