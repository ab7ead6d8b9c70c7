package dev.cofferdam.controller.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class LeaseWatchTest {
    private static final Instant RENEWED = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void aLeaseOfOursLastsFromItsLastRenewal() {
        assertThat(LeaseWatch.ends(lease(Instance.name()))).contains(RENEWED.plus(Leadership.LEASE));
    }

    @Test
    void anyOtherSaysNothing() {
        assertThat(LeaseWatch.ends(lease("another"))).isEmpty();
        assertThat(LeaseWatch.ends(lease(null))).isEmpty();
        assertThat(LeaseWatch.ends(null)).isEmpty();
        assertThat(LeaseWatch.ends(new Lease())).isEmpty();
        assertThat(LeaseWatch.ends(new LeaseBuilder(lease(Instance.name()))
                        .editSpec()
                        .withRenewTime(null)
                        .endSpec()
                        .build()))
                .isEmpty();
    }

    private static Lease lease(String holder) {
        return new LeaseBuilder()
                .withNewSpec()
                .withHolderIdentity(holder)
                .withRenewTime(RENEWED.atZone(ZoneOffset.UTC))
                .endSpec()
                .build();
    }
}
