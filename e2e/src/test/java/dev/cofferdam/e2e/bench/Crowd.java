package dev.cofferdam.e2e.bench;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Does something many times, with so many at it at once, and says how far it is. */
final class Crowd {
    private static final int SHARES = 5;

    private Crowd() {}

    static void each(int times, int atOnce, String what, IntConsumer one) {
        AtomicInteger done = new AtomicInteger();
        try (var threads = Executors.newFixedThreadPool(atOnce)) {
            for (Future<?> each : IntStream.range(0, times)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> {
                        one.accept(i);
                        int now = done.incrementAndGet();
                        if (now % Math.max(1, times / SHARES) == 0) {
                            System.out.println(now + " of " + times + " " + what);
                        }
                    }))
                    .toList()) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
