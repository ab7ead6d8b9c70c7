package dev.cofferdam.controller.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ControllerLeaseTest {
    private static final Instant RENEWED = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void aLeaseOfOursIsHeldFromItsLastRenewalAndNotToItsLastMoment() {
        assertThat(ControllerLease.heldUntil(lease(Instance.name())))
                .isEqualTo(RENEWED.plus(Leadership.LEASE).minus(ControllerLease.MARGIN));
    }

    @Test
    void anyOtherIsNot() {
        Lease neverRenewed = new LeaseBuilder(lease(Instance.name()))
                .editSpec()
                .withRenewTime(null)
                .endSpec()
                .build();

        assertThat(Stream.of(lease("another"), lease(null), null, new Lease(), neverRenewed)
                        .map(ControllerLease::heldUntil))
                .containsOnly(Instant.MIN);
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
