package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.plan.KeyLease;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The life of one key after its last run, against an API server's answers by HTTP. */
class KeySweepTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration KEPT = Duration.ofHours(24);
    private static final ToolRun RUN = Serialization.unmarshal("""
            apiVersion: cofferdam.dev/v1alpha1
            kind: ToolRun
            metadata: {name: first, uid: u, namespace: agents}
            spec: {policyRef: {name: p}, tool: sh, idempotencyKey: k}
            """, ToolRun.class);

    private HttpServer server;
    private KubernetesClient client;
    private KeyCounts counts;
    private KeySweep sweep;
    private volatile Optional<Lease> lease = Optional.empty();
    private volatile boolean named;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://" + server.getAddress().getHostString() + ":"
                        + server.getAddress().getPort())
                .withRequestRetryBackoffLimit(0)
                .build();
        client = new KubernetesClientBuilder().withConfig(config).build();
        counts = new KeyCounts(client, 1);
        sweep = new KeySweep(client, KEPT, counts);
        lease = Optional.of(new LeaseBuilder(KeyLease.claim(RUN, NOW.minus(Duration.ofDays(9))))
                .editMetadata()
                .withResourceVersion("7")
                .endMetadata()
                .build());
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    @Test
    void itsTimeBeginsWhenNoRunNamesItAndEndsTheKey() {
        pass(NOW);
        assertThat(lease.flatMap(KeyLease::runsOut)).contains(NOW.plus(KEPT));

        pass(NOW.plus(KEPT).minusSeconds(1));
        assertThat(lease).isPresent();

        pass(NOW.plus(KEPT));
        assertThat(lease).isEmpty();
    }

    @Test
    void aRunThatNamesItAgainStopsItsTime() {
        pass(NOW);
        named = true;

        pass(NOW.plus(KEPT).plusSeconds(1));

        assertThat(lease).isPresent();
        assertThat(lease.flatMap(KeyLease::runsOut)).isEmpty();
    }

    @Test
    void aRunThatThePassHasMetKeepsIt() {
        sweep.begin();
        sweep.seen(RUN);
        sweep.pass(NOW, (what, step) -> step.run());

        assertThat(lease.flatMap(KeyLease::runsOut)).isEmpty();
    }

    @Test
    void aLeaseThatOnlyWearsOurLabelIsLeftAlone() {
        lease = lease.map(there -> new LeaseBuilder(there)
                .editMetadata()
                .addToAnnotations(Names.KEY_ANNOTATION, "another")
                .endMetadata()
                .build());

        pass(NOW);
        pass(NOW.plus(KEPT));

        assertThat(lease).isPresent();
        assertThat(lease.flatMap(KeyLease::runsOut)).isEmpty();
    }

    @Test
    void aNamespaceHasAsManyKeysAsItMayHaveAndNotOneMore() {
        assertThat(counts.take("agents")).as("one is there already").isFalse();
        lease = Optional.empty();
        assertThat(counts.take("agents")).isTrue();
        assertThat(counts.take("others")).isTrue();
        assertThat(counts.take("others")).as("counted again, and none was made").isTrue();
    }

    private void pass(Instant now) {
        sweep.begin();
        sweep.pass(now, (what, step) -> step.run());
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String body = "{}";
        switch (exchange.getRequestMethod()) {
            case "PUT" -> {
                lease = Optional.of(Serialization.unmarshal(exchange.getRequestBody(), Lease.class));
                body = Serialization.asJson(lease.orElseThrow());
            }
            case "DELETE" -> lease = Optional.empty();
            default -> {
                boolean found = path.endsWith("/toolruns") ? named : lease.isPresent() && path.endsWith("/leases");
                Object item = path.endsWith("/toolruns") ? RUN : lease.orElse(null);
                body = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"metadata\":{},\"items\":["
                        + (found ? Serialization.asJson(item) : "") + "]}";
            }
        }
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.getBytes().length);
        exchange.getResponseBody().write(body.getBytes());
        exchange.close();
    }
}
