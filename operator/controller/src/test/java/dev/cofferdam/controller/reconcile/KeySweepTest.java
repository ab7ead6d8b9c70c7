package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.plan.KeyLease;
import dev.cofferdam.controller.status.KeyStanding;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    private static final ToolRun AGAIN = Serialization.unmarshal("""
            apiVersion: cofferdam.dev/v1alpha1
            kind: ToolRun
            metadata: {name: again, uid: v, namespace: agents}
            spec: {policyRef: {name: p}, tool: sh, idempotencyKey: k}
            """, ToolRun.class);
    private static final ToolRunStatus EXECUTED = Serialization.unmarshal(
            "---\n{phase: Succeeded, attempts: [{number: 1, podName: p, podUID: u}]}", ToolRunStatus.class);

    private ApiStandIn api;
    private KubernetesClient client;
    private KeyCounts counts;
    private KeySweep sweep;
    private volatile Optional<Lease> lease = Optional.empty();
    private volatile int version = 7;
    private volatile Runnable hold = () -> {};

    @BeforeEach
    void start() throws IOException {
        api = new ApiStandIn(this::answer);
        client = api.client();
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
        api.close();
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

        passThatMeets(RUN, NOW.plus(KEPT).plusSeconds(1));

        assertThat(lease).isPresent();
        assertThat(lease.flatMap(KeyLease::runsOut)).isEmpty();
    }

    @Test
    void aRunThatThePassHasMetKeepsIt() {
        passThatMeets(RUN, NOW);

        assertThat(lease.flatMap(KeyLease::runsOut)).isEmpty();
    }

    /** It was created after its namespace's runs were read, and will be gone before the next pass. */
    @Test
    void aRunThatNoPassMeetsStopsItsTimeToo() {
        pass(NOW);
        Keys keys = new Keys(client, null, counts);
        sweep.begin();

        KeyStanding standing = keys.standing(AGAIN, NOW.plus(KEPT));
        sweep.pass(at(NOW.plus(KEPT)), (what, step) -> step.run());

        assertThat(standing)
                .isInstanceOfSatisfying(
                        KeyStanding.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.KeyConsumed));
        assertThat(lease.flatMap(KeyLease::runsOut)).isEmpty();
        assertThat(lease).isPresent();
        pass(NOW.plus(KEPT));
        assertThat(lease.flatMap(KeyLease::runsOut)).contains(NOW.plus(KEPT).plus(KEPT));
    }

    @Test
    void aKeyUnderWhichNothingWasExecutedGoesAtOnceAndNobodyElsesDoes() {
        Keys keys = new Keys(client, null, counts);

        keys.ended(AGAIN, Reducer.statusOf(AGAIN));
        assertThat(lease).as("another run has it").isPresent();
        keys.ended(RUN, EXECUTED);
        assertThat(lease).as("it was executed").isPresent();
        keys.ended(RUN, Reducer.statusOf(RUN));
        assertThat(lease).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "403 | leases is forbidden: exceeded quota: few | true",
                "403 | leases is forbidden: User \"x\" cannot create resource \"leases\" | false",
                "422 | Lease is invalid: exceeded quota | false"
            })
    void onlyAQuotaExhaustsKeys(int code, String message, boolean quota) {
        Status status = new StatusBuilder().withCode(code).withMessage(message).build();

        assertThat(Keys.isQuota(new KubernetesClientException(status))).isEqualTo(quota);
        assertThat(Keys.isQuota(new KubernetesClientException("no answer"))).isFalse();
    }

    @Test
    void aLeaseThatOnlyWearsOurLabelIsLeftAlone() {
        foreign();

        pass(NOW);
        pass(NOW.plus(KEPT));

        assertThat(lease).isPresent();
        assertThat(lease.flatMap(KeyLease::runsOut)).isEmpty();
    }

    @Test
    void aNamespaceHasAsManyKeysAsItMayHaveAndNotOneMore() {
        assertThat(counts.take("agents", NOW)).as("one is there already").isFalse();
        lease = Optional.empty();
        assertThat(counts.take("agents", NOW)).as("counted again").isTrue();
        assertThat(counts.take("agents", NOW.plusSeconds(9)))
                .as("not so soon once more")
                .isFalse();
        assertThat(counts.take("agents", NOW.plusSeconds(10)))
                .as("none was made")
                .isTrue();
    }

    @Test
    void aLeaseThatOnlyWearsOurLabelTakesNoRoom() {
        foreign();

        assertThat(counts.take("agents", NOW)).isTrue();
    }

    /** Both would wait for each other if one of them waited for the other's count. */
    @Test
    void nobodyWaitsWhileAnotherCounts() throws Exception {
        CountDownLatch counting = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        lease = Optional.empty();
        hold = () -> {
            counting.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                Future<Boolean> slow = executor.submit(() -> counts.take("agents", NOW));
                counting.await();
                hold = () -> {};
                assertThat(executor.submit(() -> counts.take("agents", NOW)).get(30, TimeUnit.SECONDS))
                        .isTrue();
                assertThat(slow.isDone()).isFalse();
            } finally {
                go.countDown();
            }
        }
    }

    private void pass(Instant now) {
        sweep.begin();
        sweep.pass(at(now), (what, step) -> step.run());
    }

    private void passThatMeets(ToolRun run, Instant now) {
        sweep.begin();
        sweep.seen(run);
        sweep.pass(at(now), (what, step) -> step.run());
    }

    private static Clock at(Instant now) {
        return Clock.fixed(now, ZoneOffset.UTC);
    }

    private void foreign() {
        lease = lease.map(there -> new LeaseBuilder(there)
                .editMetadata()
                .addToAnnotations(Names.KEY_ANNOTATION, "another")
                .endMetadata()
                .build());
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        int code = 200;
        String body = "{}";
        switch (exchange.getRequestMethod()) {
            case "PUT" -> {
                Lease put = Serialization.unmarshal(exchange.getRequestBody(), Lease.class);
                if (isStored(put.getMetadata().getResourceVersion())) {
                    version++;
                    lease = Optional.of(new LeaseBuilder(put)
                            .editMetadata()
                            .withResourceVersion("" + version)
                            .endMetadata()
                            .build());
                    body = Serialization.asJson(lease.orElseThrow());
                } else {
                    code = 409;
                }
            }
            case "DELETE" -> {
                String options = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                if (options.contains("\"resourceVersion\":\"" + version + "\"")) {
                    lease = Optional.empty();
                } else {
                    code = 409;
                }
            }
            default -> {
                if (path.endsWith("/leases")) {
                    hold.run();
                    body = list(lease.stream());
                } else if (path.endsWith("/toolruns")) {
                    body = list(Stream.empty());
                } else if (path.contains("/leases/") && lease.isPresent()) {
                    body = Serialization.asJson(lease.orElseThrow());
                } else {
                    code = 404;
                }
            }
        }
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, body.getBytes().length);
        exchange.getResponseBody().write(body.getBytes());
        exchange.close();
    }

    private boolean isStored(String read) {
        return lease.isPresent() && ("" + version).equals(read);
    }

    private static String list(Stream<?> items) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"metadata\":{},\"items\":["
                + items.map(Serialization::asJson).collect(Collectors.joining(",")) + "]}";
    }
}
