package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class FlushingTest {
    private static final Instant BEGUN = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void whatIsDeniedIsStoredSoonAndThenNoSoonerThanThePauseHasIt() {
        Flushing flushing = new Flushing(0);
        int stored = 0;
        for (int second = 0; second < 60; second++) {
            // One more in each second.
            stored += looksAt(flushing, second, second + 1) ? 1 : 0;
        }
        assertThat(stored).isEqualTo(6);
    }

    @Test
    void whereNothingWasDeniedNothingIsStored() {
        Flushing flushing = new Flushing(3);
        for (int second = 0; second < 60; second++) {
            assertThat(looksAt(flushing, second, 3)).isFalse();
        }
    }

    @Test
    void whatIsDeniedInTheLastSecondOfARunCostsNothing() {
        Flushing flushing = new Flushing(0);
        assertThat(looksAt(flushing, 0, 0)).isFalse();
        assertThat(looksAt(flushing, 1, 1)).isFalse();
    }

    @Test
    void whatCouldNotBeStoredIsTriedAgainAndWhatIsOnItsWayIsNot() {
        Flushing flushing = new Flushing(0);
        flushing.begins(1);
        assertThat(flushing.begins(1)).isTrue();
        assertThat(flushing.mayBegin(BEGUN.plus(Flushing.PAUSE))).isFalse();

        Instant over = BEGUN.plusSeconds(60);
        flushing.over(false, over);

        assertThat(flushing.mayBegin(over.plus(Flushing.PAUSE).minusMillis(1))).isFalse();
        assertThat(flushing.mayBegin(over.plus(Flushing.PAUSE))).isTrue();
        assertThat(flushing.begins(1)).isTrue();
    }

    private static boolean looksAt(Flushing flushing, int second, long denied) {
        Instant now = BEGUN.plusSeconds(second);
        boolean begins = flushing.mayBegin(now) && flushing.begins(denied);
        if (begins) {
            flushing.over(true, now);
        }
        return begins;
    }
}
