package dev.cofferdam.gateway.egress.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cofferdam.gateway.channel.Claims;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunAuthoritiesTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static RunAuthority authority(String key, Instant at, String runUid, String podUid) {
        RunAuthorities authorities = new RunAuthorities(InstantSource.fixed(at));
        authorities.use(key.getBytes(StandardCharsets.US_ASCII));
        return authorities.of(Claims.of("ns", runUid, podUid));
    }

    @Test
    void everyReplicaHasTheSameKeyAndSubject() throws GeneralSecurityException {
        RunAuthority one = authority("key", NOW, "run", "pod");
        RunAuthority other = authority("key", NOW.plusSeconds(60), "run", "pod");

        assertThat(other.certificate().getPublicKey())
                .isEqualTo(one.certificate().getPublicKey());
        assertThat(other.certificate().getSubjectX500Principal())
                .isEqualTo(one.certificate().getSubjectX500Principal());
        other.certificate().verify(one.certificate().getPublicKey());
        assertThat(one.certificate().getBasicConstraints()).isZero();
        assertThat(one.certificate().getNotBefore()).isBefore(NOW);
    }

    @Test
    void nobodyElseHasIt() {
        RunAuthority one = authority("key", NOW, "run", "pod");
        for (RunAuthority other : List.of(
                authority("another key", NOW, "run", "pod"),
                authority("key", NOW, "run2", "pod"),
                authority("key", NOW, "run", "pod2"),
                authority("key", NOW, "run\npod", ""))) {
            assertThat(other.certificate().getPublicKey())
                    .isNotEqualTo(one.certificate().getPublicKey());
            // A name that two keys had would have clients try the wrong one.
            assertThat(other.certificate().getSubjectX500Principal())
                    .isNotEqualTo(one.certificate().getSubjectX500Principal());
            assertThatThrownBy(
                            () -> other.certificate().verify(one.certificate().getPublicKey()))
                    .isInstanceOf(GeneralSecurityException.class);
        }
    }

    /** As it was when runs began to have authorities: replicas of two versions must agree. */
    @Test
    void theKeyFollowsFromTheSessionKeyInOneWay() {
        ECPublicKey key = (ECPublicKey) authority("0123456789abcdef0123456789abcdef", NOW, "run", "pod")
                .certificate()
                .getPublicKey();
        assertThat(key.getW().getAffineX().toString(16))
                .isEqualTo("25a7aa8f472b5416d8375991204c1e398bb2f1985a319ef1f9c03085ab084312");
    }

    @Test
    void withoutASessionKeyThereIsNone() {
        assertThatThrownBy(() -> new RunAuthorities(InstantSource.system()).of(Claims.USUAL))
                .isInstanceOf(IllegalStateException.class);
    }
}
