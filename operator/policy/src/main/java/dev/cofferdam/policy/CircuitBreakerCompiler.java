package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.CircuitBreaker;
import dev.cofferdam.policy.match.Text;
import java.time.Duration;
import java.util.Optional;

/** When a tool is given a rest: nothing of it may be there in vain. */
final class CircuitBreakerCompiler {
    private static final String PATH = "spec.circuitBreaker";
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofHours(1);

    private final Problems problems;

    CircuitBreakerCompiler(Problems problems) {
        this.problems = problems;
    }

    /** Empty: never. */
    Optional<CircuitRule> compile(CircuitBreaker written) {
        if (written == null || isEmpty(written)) {
            return Optional.empty();
        }
        problems.require(
                written.failures() != null,
                PATH + ".failures",
                "is absent, so no circuit would ever open; write how many failures open one, or remove " + PATH);
        return Optional.of(new CircuitRule(
                number("failures", written.failures(), 1),
                time("window", written.window(), CircuitRule.WINDOW),
                time("pause", written.pause(), CircuitRule.PAUSE),
                number("probes", written.probes(), CircuitRule.PROBES)));
    }

    private static boolean isEmpty(CircuitBreaker written) {
        return written.failures() == null
                && written.probes() == null
                && Text.absent(written.window())
                && Text.absent(written.pause());
    }

    private int number(String name, Integer written, int otherwise) {
        int number = written == null ? otherwise : written;
        problems.require(
                number >= 1 && number <= Bounds.CIRCUIT_MOST,
                PATH + "." + name,
                number + " is out of bounds; write a number from 1 to " + Bounds.CIRCUIT_MOST);
        return number;
    }

    private Duration time(String name, String written, Duration otherwise) {
        if (Text.absent(written)) {
            return otherwise;
        }
        Optional<Duration> time = Durations.parse(written);
        problems.require(
                time.filter(it -> it.compareTo(LEAST) >= 0 && it.compareTo(MOST) <= 0)
                        .isPresent(),
                PATH + "." + name,
                Text.quoted(written) + " is not a time from 1s to 1h; write one such as 30s or 5m");
        return time.orElse(otherwise);
    }
}
