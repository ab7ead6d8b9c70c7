package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is stored of a run while its tool is at work. */
class InterimTest extends TunnelScene {
    private static final String GRANTED = "{cidr: 192.0.2.1/32, port: 7, protocol: tcp}";
    private static final String REFUSED = "192.0.2.2:7";
    private static final Set<Integer> REFUSALS = Set.of(403, 429);
    private static final int ONE_BY_ONE = 16 + 8;

    @Test
    void whatIsDeniedIsStoredWhileTheToolIsAtWork() throws Exception {
        granted(GRANTED);
        supervisor.send(TestSupervisor.STARTED, TestSupervisor.EXEC);
        await().until(() -> ofType(AuditEventType.ProcessExec).size() == 2);
        assertThat(open(REFUSED).status()).isEqualTo(403);

        gateway.channels.flush();
        assertThat(gateway.interims)
                .as("a run that is over in a moment stores it with its end")
                .isEmpty();
        gateway.channels.flush();

        Interim stored = gateway.interims.remove();
        assertThat(stored.startedAt()).isPresent();
        assertThat(stored.told()).isEqualTo(1);
        assertThat(stored.audit().denied()).isEqualTo(2);
        assertThat(stored.audit().events())
                .filteredOn(event -> event.result() == AuditResult.Denied)
                .extracting(AuditEvent::resource)
                .containsExactly("/usr/bin/curl\\u000a", REFUSED);

        // And not again where nothing else is, nor after the end
        gateway.channels.flush();
        supervisor.send(TestSupervisor.exited(0, 0));
        assertThat(gateway.facts().audit().denied()).isEqualTo(2);
        gateway.channels.flush();
        assertThat(gateway.interims).isEmpty();
    }

    @Test
    void whoeverIsToldToStopStoresFirstWhatWasDenied() throws Exception {
        granted(GRANTED);
        supervisor.send(TestSupervisor.STARTED, TestSupervisor.EXEC);
        await().until(() -> ofType(AuditEventType.ProcessExec).size() == 2);
        assertThat(open(REFUSED).status()).isEqualTo(403);

        gateway.server.leave();

        assertThat(supervisor.closed()).isEqualTo((short) 1001);
        assertThat(gateway.channels.leaving()).isZero();
        Interim stored = gateway.interims.remove();
        assertThat(stored.audit().denied()).isEqualTo(2);
        assertThat(stored.audit().events().getLast().action()).isEqualTo("leave");
        assertThat(gateway.interims).isEmpty();
    }

    @Test
    void whereNothingIsDeniedNothingIsStored() throws Exception {
        granted(GRANTED);
        supervisor.send(TestSupervisor.STARTED, TestSupervisor.HELLO);
        await().until(() -> ofType(AuditEventType.ProcessExec).size() == 1);

        for (int look = 0; look < 5; look++) {
            gateway.channels.flush();
        }

        assertThat(gateway.interims).isEmpty();
    }

    /** What is kept and written of it does not grow with it, and every number is exact. */
    @Test
    void aFloodIsFewEventsAndExactNumbers() throws Exception {
        granted(GRANTED);
        supervisor.send(TestSupervisor.STARTED);
        await().until(() -> ofType(AuditEventType.ProcessExec).size() == 1);
        refused(60_000);
        gateway.channels.flush();
        gateway.channels.flush();
        Interim meanwhile = gateway.interims.remove();
        assertThat(times(meanwhile.audit())).isEqualTo(60_000);

        refused(40_000);
        supervisor.send(TestSupervisor.exited(0, 0));

        AuditSource end = gateway.facts().audit();
        assertThat(times(end)).isEqualTo(100_000);
        assertThat(gateway.audit).as("lines of the stream").hasSize((int) (long) end.total());
        assertThat(end.total()).isEqualTo(2 + ONE_BY_ONE + 2);
        assertThat(end.dropped()).isEqualTo(end.total() - end.events().size());
        await().until(() -> gateway.tunnels.open() == 0);
    }

    /** Has so many attempts refused, many at a time. */
    private void refused(int attempts) throws Exception {
        RequestOptions attempt = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("127.0.0.1")
                .setPort(gateway.port)
                .setURI("/v1/tunnel")
                .putHeader("cofferdam-session", session)
                .putHeader("cofferdam-target", REFUSED);
        Semaphore places = new Semaphore(64);
        AtomicInteger refused = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(attempts);
        for (int at = 0; at < attempts; at++) {
            assertThat(places.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
            if (at % 1_000 == 0) {
                supervisor.ping();
            }
            client.request(new RequestOptions(attempt))
                    .compose(HttpClientRequest::send)
                    .onComplete(answer -> {
                        if (answer.succeeded()
                                && REFUSALS.contains(answer.result().statusCode())) {
                            refused.incrementAndGet();
                        }
                        places.release();
                        left.countDown();
                    });
        }
        assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(refused).hasValue(attempts);
    }

    /** Denied attempts, by events that stand for one or for many. */
    private static long times(AuditSource chain) {
        assertThat(chain.dropped()).isZero();
        return chain.events().stream()
                .filter(event -> event.result() == AuditResult.Denied)
                .map(AuditEvent::detail)
                .map(Map.class::cast)
                .mapToLong(detail -> Long.parseLong((String) detail.getOrDefault("count", "1")))
                .sum();
    }
}
