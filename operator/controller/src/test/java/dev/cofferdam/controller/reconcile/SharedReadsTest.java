package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedReadsTest {
    private static final int CALLERS = 40;

    private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    private final AtomicInteger begun = new AtomicInteger();

    @AfterEach
    void stop() {
        callers.shutdownNow();
    }

    @Test
    void allWhoAskWhileAReadIsUnderWayShareTheNext() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        SharedReads<String, Integer> reads = new SharedReads<>(key -> {
            int number = begun.incrementAndGet();
            awaitQuietly(go);
            return number;
        });

        Future<Integer> first = callers.submit(() -> reads.get("a"));
        spinUntil(() -> begun.get() == 1);
        List<Thread> waiting = IntStream.range(0, CALLERS)
                .mapToObj(i -> Thread.ofPlatform()
                        .unstarted(() -> assertThat(reads.get("a")).isEqualTo(2)))
                .toList();
        List<Throwable> failed = new CopyOnWriteArrayList<>();
        waiting.forEach(thread -> {
            thread.setUncaughtExceptionHandler((dead, why) -> failed.add(why));
            thread.start();
        });
        spinUntil(() -> waiting.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
        go.countDown();

        assertThat(first.get()).isEqualTo(1);
        for (Thread thread : waiting) {
            thread.join();
        }
        assertThat(failed).isEmpty();
        assertThat(begun).hasValue(2);
    }

    @Test
    void nobodyGetsWhatWasReadBeforeItAsked() throws Exception {
        AtomicInteger atOnce = new AtomicInteger();
        SharedReads<String, Integer> reads = new SharedReads<>(key -> {
            assertThat(atOnce.incrementAndGet()).isEqualTo(1);
            int number = begun.incrementAndGet();
            Thread.yield();
            atOnce.decrementAndGet();
            return number;
        });
        List<Future<?>> all = IntStream.range(0, CALLERS)
                .<Future<?>>mapToObj(caller -> callers.submit(() -> {
                    for (int i = 0; i < 500; i++) {
                        int before = begun.get();
                        assertThat(reads.get("a")).isGreaterThan(before);
                    }
                }))
                .toList();
        for (Future<?> each : all) {
            each.get();
        }
    }

    @Test
    void oneKeyDoesNotWaitForAnother() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        SharedReads<String, String> reads = new SharedReads<>(key -> {
            if (key.equals("slow")) {
                awaitQuietly(go);
            }
            return key;
        });
        Future<String> slow = callers.submit(() -> reads.get("slow"));

        assertThat(reads.get("quick")).isEqualTo("quick");
        go.countDown();
        assertThat(slow.get()).isEqualTo("slow");
    }

    @Test
    void aFailureIsThrownAndNotKept() throws ExecutionException, InterruptedException {
        SharedReads<String, Integer> reads = new SharedReads<>(key -> {
            if (begun.incrementAndGet() == 1) {
                throw new IllegalStateException("no answer");
            }
            return begun.get();
        });

        assertThatThrownBy(() -> reads.get("a")).isExactlyInstanceOf(IllegalStateException.class);
        assertThat(callers.submit(() -> reads.get("a")).get()).isEqualTo(2);
    }

    private static void spinUntil(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    private static void awaitQuietly(CountDownLatch go) {
        try {
            go.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
