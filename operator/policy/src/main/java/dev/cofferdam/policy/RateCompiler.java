package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.CreationRate;
import dev.cofferdam.policy.match.Text;
import java.time.Duration;
import java.util.Optional;

/** How many runs may be created in a time. */
final class RateCompiler {
    private static final String PATH = "spec.rate";
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofHours(24);

    private final Problems problems;

    RateCompiler(Problems problems) {
        this.problems = problems;
    }

    /** Empty: as many as come. */
    Optional<RateRule> compile(CreationRate written) {
        if (written == null || written.runs() == null && Text.absent(written.per())) {
            return Optional.empty();
        }
        problems.require(
                written.runs() != null,
                PATH + ".runs",
                "is absent, so no run would ever be denied for it; write how many may be created, or remove " + PATH);
        int runs = written.runs() == null ? Bounds.ACTIVE_MOST : written.runs();
        problems.require(
                runs >= Bounds.ACTIVE_LEAST && runs <= Bounds.ACTIVE_MOST,
                PATH + ".runs",
                runs + " is out of bounds; write a number from " + Bounds.ACTIVE_LEAST + " to " + Bounds.ACTIVE_MOST);
        return Optional.of(new RateRule(runs, per(written.per())));
    }

    private Duration per(String written) {
        if (Text.absent(written)) {
            return RateRule.PER;
        }
        Optional<Duration> per = Durations.parse(written);
        problems.require(
                per.filter(it -> it.compareTo(LEAST) >= 0 && it.compareTo(MOST) <= 0)
                        .isPresent(),
                PATH + ".per",
                Text.quoted(written) + " is not a time from 1s to 24h; write one such as 30s or 1m");
        return per.orElse(RateRule.PER);
    }
}
