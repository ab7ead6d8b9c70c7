package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TermTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    /** One thread for each: they wait for one another. */
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    private final Term term = new Term(Clock.fixed(NOW, ZoneOffset.UTC));
    private final CountDownLatch done = new CountDownLatch(1);

    @BeforeEach
    void begin() {
        term.lastsUntil(NOW);
    }

    @AfterEach
    void close() {
        executor.shutdownNow();
    }

    @Test
    void aStepIsTakenWhileItLasts() {
        assertThat(term.step(() -> term.whole("read"))).contains("read");
    }

    @Test
    void noStepBeginsAfterItsEnd() {
        assertThat(term.end(Duration.ZERO)).isTrue();

        assertThat(term.step(() -> "taken")).isEmpty();
        assertThatThrownBy(() -> term.whole("read")).isInstanceOf(Term.OverException.class);
        assertThatThrownBy(term::check).isInstanceOf(Term.OverException.class);
    }

    @Test
    void whatIsUnderWayIsWaitedForAndNothingElseBegins() {
        CompletableFuture<Optional<String>> step = underWay();
        CompletableFuture<Boolean> end = CompletableFuture.supplyAsync(() -> term.end(Duration.ofMinutes(1)), executor);
        while (term.step(() -> "another").isPresent()) {
            Thread.onSpinWait();
        }
        assertThat(end).isNotDone();

        done.countDown();

        assertThat(end.join()).isTrue();
        assertThat(step.join()).as("it read while caches were whole").contains("read");
    }

    @Test
    void whatTakesTooLongReadsNothingMore() {
        CompletableFuture<Optional<String>> step = underWay();

        assertThat(term.end(Duration.ZERO)).isFalse();
        done.countDown();

        assertThatThrownBy(step::join).hasRootCauseInstanceOf(Term.OverException.class);
    }

    @Test
    void whereNobodyCanTellWhoLeadsNothingIsReadOrWritten() {
        term.lastsUntil(NOW.minusMillis(1));

        assertThatThrownBy(() -> term.step(() -> term.whole("read"))).isInstanceOf(Term.OverException.class);
        assertThatThrownBy(term::check).isInstanceOf(Term.OverException.class);

        term.lastsUntil(NOW.plusSeconds(1));
        assertThat(term.step(() -> term.whole("read"))).contains("read");

        term.end(Duration.ZERO);
        term.lastsUntil(NOW.plusSeconds(2));
        assertThatThrownBy(term::check).isInstanceOf(Term.OverException.class);
    }

    @Test
    void nothingIsReadBeforeItBegins() {
        Term none = new Term(Clock.fixed(NOW, ZoneOffset.UTC));

        assertThatThrownBy(none::check).isInstanceOf(Term.OverException.class);
    }

    /** Reads when it is done. */
    private CompletableFuture<Optional<String>> underWay() {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Optional<String>> step = CompletableFuture.supplyAsync(
                () -> term.step(() -> {
                    begun.countDown();
                    await(done);
                    return term.whole("read");
                }),
                executor);
        await(begun);
        return step;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
