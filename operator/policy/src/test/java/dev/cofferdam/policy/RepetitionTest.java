package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a run is tried again. */
class RepetitionTest {
    private static final String RETRIED =
            "spec: {tools: [{name: t, image: i, command: [c], idempotent: true}], retry: {%s}}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | 75 | 125",
                "2 | 150 | 250",
                "3 | 300 | 500",
                "9 | 19200 | 30000",
                "10 | 22500 | 30000",
                "1000 | 22500 | 30000"
            })
    void delaysAreAHundredMillisecondsDoubledGiveOrTakeAQuarterAndAtMostThirtySeconds(
            int attempt, long least, long most) {
        List<Long> delays = delays(Repetition.DEFAULTS, attempt);

        assertThat(delays).allSatisfy(delay -> assertThat(delay).isBetween(least, most));
        assertThat(delays.stream().mapToLong(Long::longValue).min().orElseThrow())
                .isLessThan(least + (most - least) / 4);
        assertThat(delays.stream().mapToLong(Long::longValue).max().orElseThrow())
                .isGreaterThan(most - (most - least) / 4);
    }

    @Test
    void aDelayIsTheSameWheneverItIsWorkedOutAndAnotherOneForAnotherRunOrAttempt() {
        Repetition even = new Repetition(10, Duration.ofSeconds(10), 1, Duration.ofSeconds(60), 1);

        assertThat(even.delay("u1", 1)).isEqualTo(even.delay("u1", 1));
        assertThat(Stream.of(even.delay("u1", 1), even.delay("u1", 2), even.delay("u2", 1)))
                .doesNotHaveDuplicates();
    }

    @Test
    void withoutJitterADelayIsExact() {
        assertThat(delays(new Repetition(5, Duration.ofMillis(10), 3, Duration.ofMillis(200), 0), 3))
                .containsOnly(90L);
        assertThat(delays(new Repetition(5, Duration.ofMillis(10), 3, Duration.ofMillis(200), 0), 4))
                .containsOnly(200L);
    }

    @Test
    void whatIsNotSaidHasItsDefault() {
        assertThat(compiled("")).isEqualTo(Repetition.DEFAULTS);
        assertThat(compiled("maxAttempts: 10, initialDelay: 10ms, multiplier: 1, maxDelay: 1h, jitter: 1"))
                .isEqualTo(new Repetition(10, Duration.ofMillis(10), 1, Duration.ofHours(1), 1));
        assertThat(compiled("maxAttempts: 1, initialDelay: 1h, multiplier: 10, maxDelay: 1h, jitter: 0"))
                .isEqualTo(new Repetition(1, Duration.ofHours(1), 10, Duration.ofHours(1), 0));
        assertThat(compiled("jitter: 0.5"))
                .isEqualTo(new Repetition(3, Duration.ofMillis(100), 2, Duration.ofSeconds(30), 0.5));
    }

    private static List<Long> delays(Repetition repetition, int attempt) {
        return IntStream.range(0, 200)
                .mapToObj(run -> repetition.delay("run-" + run, attempt).toMillis())
                .toList();
    }

    private static Repetition compiled(String retry) {
        return ((Compilation.Compiled) Policies.compile(RETRIED.formatted(retry)))
                .policy()
                .repetition();
    }
}
