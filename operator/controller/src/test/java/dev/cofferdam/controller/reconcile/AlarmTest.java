package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertSeverity;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.controller.notify.Webhook;
import dev.cofferdam.controller.telemetry.AlertMeters;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Served;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is told of what fires when some do not answer, by HTTP. */
@Timeout(60)
class AlarmTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:10Z");
    private static final SandboxPolicy POLICY = Serialization.unmarshal("""
            apiVersion: cofferdam.dev/v1alpha1
            kind: SandboxPolicy
            metadata: {name: p, uid: p, namespace: n}
            """, SandboxPolicy.class);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ScheduledThreadPoolExecutor eventThread = new ScheduledThreadPoolExecutor(1);
    private final ScheduledThreadPoolExecutor webhookThread = new ScheduledThreadPoolExecutor(1);
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

    /** Policies that there is more to tell of: everybody was told of a firing. */
    private final BlockingQueue<SandboxPolicy> notified = new LinkedBlockingQueue<>();

    private final CountDownLatch answers = new CountDownLatch(1);
    private ApiStandIn api;
    private ApiStandIn webhook;

    @BeforeEach
    void start() throws IOException {
        api = new ApiStandIn(exchange -> {
            String event = text(exchange);
            answer(exchange, 201, event);
            events.add(event);
        });
        webhook = new ApiStandIn(exchange -> {
            calls.add(text(exchange));
            try {
                answers.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            answer(exchange, 200, "");
        });
    }

    @AfterEach
    void stop() {
        answers.countDown();
        eventThread.shutdownNow();
        webhookThread.shutdownNow();
        api.close();
        webhook.close();
    }

    @Test
    void aWebhookThatHangsKeepsNoEventWaiting() throws InterruptedException {
        Alarm alarm = alarm(webhook());
        alarm.raise(firing("a", "x", "first"));
        assertThat(calls.take()).contains("first");

        alarm.raise(firing("b", "x", "second"));
        assertThat(List.of(events.take(), events.take()))
                .anySatisfy(event -> assertThat(event).contains("first"))
                .anySatisfy(event -> assertThat(event).contains("second"));
        assertThat(notified).as("who is told is everybody, or nobody").isEmpty();
        assertThat(waiting()).isEqualTo(2);

        answers.countDown();
        assertThat(calls.take()).contains("second");
        notified.take();
        notified.take();
        assertThat(events).as("nobody is told twice").isEmpty();
        assertThat(waiting()).isZero();
        assertThat(registry.get("cofferdam.alerts.notifications")
                        .tag("taken", "true")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    /** A policy is looked at every few seconds, with all that nobody was told of. */
    @Test
    void howeverOftenItIsRaisedNothingGrows() throws InterruptedException {
        Alarm alarm = alarm(webhook());
        alarm.raise(firing("a", "x", "first"));
        calls.take();

        for (int look = 0; look < 1000; look++) {
            for (int namespace = 0; namespace < 5; namespace++) {
                alarm.raise(firing("n" + namespace, "x", "f" + namespace));
            }
        }

        assertThat(webhookThread.getQueue()).hasSizeLessThanOrEqualTo(1);
        answers.countDown();
        for (int firing = 0; firing < 6; firing++) {
            notified.take();
        }
        assertThat(waiting()).isZero();
    }

    @Test
    void oneFiringOfEachAlertWaitsToBeTold() {
        CountDownLatch never = new CountDownLatch(1);
        eventThread.execute(() -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Alarm alarm = alarm(Optional.empty());

        alarm.raise(firing("n", "a", "1"));
        alarm.raise(firing("n", "a", "2"));
        alarm.raise(firing("n", "b", "3"));

        assertThat(waiting()).isEqualTo(2);
    }

    private double waiting() {
        return registry.get("cofferdam.alerts.waiting").gauge().value();
    }

    private Alarm alarm(Optional<Webhook> there) {
        Alerts alerts = new Alerts(clock(), new Compilations(Served.NOW), fired -> {});
        alerts.tell(notified::add, behind -> {}, (namespace, name) -> Optional.of(POLICY));
        return new Alarm(
                api.client(),
                alerts,
                there,
                new AlertMeters(registry),
                "controller",
                eventThread,
                webhookThread,
                clock());
    }

    private Optional<Webhook> webhook() {
        return Optional.of(new Webhook(
                URI.create(webhook.client().getMasterUrl().toString()), Optional.empty(), HttpClient.newHttpClient()));
    }

    private static Clock clock() {
        return Clock.fixed(NOW, ZoneOffset.UTC);
    }

    private static String text(HttpExchange exchange) throws IOException {
        return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void answer(HttpExchange exchange, int code, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static Firing firing(String namespace, String alert, String id) {
        return new Firing(
                namespace,
                "p",
                namespace + "/p",
                alert,
                "runs > 1 per hour",
                AlertSeverity.Info,
                AlertAction.Notify,
                new AlertFiring(id, "2026-01-01T00:00:00Z", null, List.of(), null, null, null, null),
                1);
    }
}
