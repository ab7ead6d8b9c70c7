package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.Retry;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.policy.match.Text;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How often and when runs are tried again: each absent bound gets its default, and none may be there in vain. */
final class RetryCompiler {
    private static final String PATH = "spec.retry";
    private static final Duration DELAY_LEAST = Duration.ofMillis(10);
    private static final Duration DELAY_MOST = Duration.ofHours(1);

    private final Problems problems;

    RetryCompiler(Problems problems) {
        this.problems = problems;
    }

    Repetition compile(Retry written, List<Tool> tools) {
        Repetition otherwise = Repetition.DEFAULTS;
        if (written == null || written.equals(new Retry(null, null, null, null, null))) {
            return otherwise;
        }
        problems.require(
                tools.stream().anyMatch(tool -> Boolean.TRUE.equals(tool.idempotent())),
                PATH,
                "would never be used: no tool of the policy is idempotent; write idempotent: true at each tool that may run twice, or remove it");
        int attempts = written.maxAttempts() == null ? otherwise.attemptsMost() : written.maxAttempts();
        problems.require(
                attempts >= Bounds.RETRY_ATTEMPTS_LEAST && attempts <= Bounds.RETRY_ATTEMPTS_MOST,
                PATH + ".maxAttempts",
                attempts + " is out of bounds; write a number from " + Bounds.RETRY_ATTEMPTS_LEAST + " to "
                        + Bounds.RETRY_ATTEMPTS_MOST);
        Duration initial = delay("initialDelay", written.initialDelay(), otherwise.initialDelay());
        Duration most = delay("maxDelay", written.maxDelay(), otherwise.delayMost());
        problems.require(
                initial.compareTo(most) <= 0,
                PATH + ".initialDelay",
                Durations.text(initial) + " is longer than maxDelay, " + Durations.text(most)
                        + "; write a shorter one, or a longer maxDelay");
        return new Repetition(
                attempts,
                initial,
                number("multiplier", written.multiplier(), otherwise.multiplier(), 1, Bounds.RETRY_MULTIPLIER_MOST),
                most,
                number("jitter", written.jitter(), otherwise.jitter(), 0, 1));
    }

    private Duration delay(String name, String written, Duration otherwise) {
        if (Text.absent(written)) {
            return otherwise;
        }
        Optional<Duration> delay = Durations.parse(written);
        problems.require(
                delay.filter(it -> it.compareTo(DELAY_LEAST) >= 0 && it.compareTo(DELAY_MOST) <= 0)
                        .isPresent(),
                PATH + "." + name,
                Text.quoted(written) + " is not a time from 10ms to 1h; write one such as 100ms or 30s");
        return delay.orElse(otherwise);
    }

    private double number(String name, BigDecimal written, double otherwise, int least, int most) {
        if (written == null) {
            return otherwise;
        }
        double number = written.doubleValue();
        problems.require(
                number >= least && number <= most,
                PATH + "." + name,
                number + " is out of bounds; write a number from " + least + " to " + most);
        return number;
    }
}
