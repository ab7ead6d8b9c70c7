package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.Concurrency;
import dev.cofferdam.policy.match.Text;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** How many runs there may be at one time: nothing of it may be there in vain. */
final class ConcurrencyCompiler {
    private static final String PATH = "spec.concurrency";
    private static final Duration PATIENCE_LEAST = Duration.ofSeconds(1);
    private static final Duration PATIENCE_MOST = Duration.ofHours(24);

    private final Problems problems;

    ConcurrencyCompiler(Problems problems) {
        this.problems = problems;
    }

    /** Empty: as many as come. */
    Optional<Capacity> compile(Concurrency written) {
        if (written == null
                || written.active() == null
                        && written.activeInNamespace() == null
                        && written.queued() == null
                        && Text.absent(written.queueTimeout())) {
            return Optional.empty();
        }
        problems.require(
                written.active() != null || written.activeInNamespace() != null,
                PATH + ".active",
                "is absent, so no run would ever wait; write how many may be active at one time, or remove " + PATH);
        OptionalInt active = places(written.active(), ".active");
        OptionalInt inNamespace = places(written.activeInNamespace(), ".activeInNamespace");
        int queued = written.queued() == null ? Capacity.QUEUED : written.queued();
        require(queued, 0, Bounds.QUEUED_MOST, ".queued");
        return Optional.of(new Capacity(active, inNamespace, queued, patience(written.queueTimeout())));
    }

    private OptionalInt places(Integer written, String name) {
        if (written == null) {
            return OptionalInt.empty();
        }
        require(written, Bounds.ACTIVE_LEAST, Bounds.ACTIVE_MOST, name);
        return OptionalInt.of(written);
    }

    private void require(int number, int least, int most, String name) {
        problems.require(
                number >= least && number <= most,
                PATH + name,
                number + " is out of bounds; write a number from " + least + " to " + most);
    }

    private Duration patience(String written) {
        if (Text.absent(written)) {
            return Capacity.PATIENCE;
        }
        Optional<Duration> patience = Durations.parse(written);
        problems.require(
                patience.filter(it -> it.compareTo(PATIENCE_LEAST) >= 0 && it.compareTo(PATIENCE_MOST) <= 0)
                        .isPresent(),
                PATH + ".queueTimeout",
                Text.quoted(written) + " is not a time from 1s to 24h; write one such as 30s or 5m");
        return patience.orElse(Capacity.PATIENCE);
    }
}
