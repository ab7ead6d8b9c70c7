package dev.cofferdam.certificates;

import static dev.cofferdam.certificates.Renewal.AuthorityStep.Announce;
import static dev.cofferdam.certificates.Renewal.AuthorityStep.Create;
import static dev.cofferdam.certificates.Renewal.AuthorityStep.Keep;
import static dev.cofferdam.certificates.Renewal.AuthorityStep.Succeed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RenewalTest {
    private static final Terms TERMS = Terms.DEFAULT;
    private static final Instant INSTALLED = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration TICK = Duration.ofSeconds(1);

    private final Material installed = run(Material.NONE, INSTALLED);

    @Test
    void makesAllThatIsMissing() {
        var renewal = Renewal.decide(Material.NONE, INSTALLED, TERMS);

        assertThat(renewal.authorityStep()).isEqualTo(Create);
        assertThat(renewal.issueCertificate()).isTrue();
        assertThat(renewal.makeSessionKey()).isTrue();
        assertThat(installed.bundle())
                .containsExactly(installed.authority().orElseThrow().certificate());
    }

    @Test
    void doesNothingWhereNothingIsDue() {
        assertThat(Renewal.decide(installed, INSTALLED, TERMS).isNothing()).isTrue();
        assertThat(Renewal.decide(installed, INSTALLED.plus(Duration.ofDays(59)), TERMS)
                        .isNothing())
                .isTrue();
    }

    @Test
    void renewsTheCertificateWhenAThirdOfItsLifeRemainsAndNotEarlier() {
        var due = INSTALLED.plus(Duration.ofDays(60));

        assertThat(Renewal.decide(installed, due.minus(TICK), TERMS).issueCertificate())
                .isFalse();
        assertThat(Renewal.decide(installed, due, TERMS).issueCertificate()).isTrue();
    }

    @Test
    void keepsTheSessionKeyAndTheAuthorityOverARenewal() {
        var renewed = run(installed, INSTALLED.plus(Duration.ofDays(70)));

        assertThat(renewed.gateway()).isNotEqualTo(installed.gateway());
        assertThat(renewed.sessionKey()).isEqualTo(installed.sessionKey());
        assertThat(renewed.authority()).isEqualTo(installed.authority());
        assertThat(renewed.bundle()).isEqualTo(installed.bundle());
    }

    @Test
    void renewsEarlierWhenItIsTold() {
        var terms = TERMS.withRenewBefore(Duration.ofDays(80));

        assertThat(Renewal.decide(installed, INSTALLED.plus(Duration.ofDays(10)).minus(TICK), terms)
                        .isNothing())
                .isTrue();
        assertThat(Renewal.decide(installed, INSTALLED.plus(Duration.ofDays(10)), terms)
                        .issueCertificate())
                .isTrue();
    }

    @Test
    void refusesToRenewAtEveryRun() {
        assertThatThrownBy(() -> TERMS.withRenewBefore(TERMS.certificateLife()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void announcesASuccessorOneYearBeforeTheEndAndNotEarlier() {
        var due = INSTALLED.plus(TERMS.authorityLife()).minus(TERMS.announceBefore());
        var fresh = run(installed, due.minus(Duration.ofDays(1)));

        assertThat(Renewal.decide(fresh, due.minus(TICK), TERMS).authorityStep())
                .isEqualTo(Keep);
        assertThat(Renewal.decide(fresh, due, TERMS).authorityStep()).isEqualTo(Announce);
    }

    @Test
    void replacesTheAuthorityInThreeStepsThatAllKeepTheGatewayTrusted() {
        var start = INSTALLED.plus(TERMS.authorityLife()).minus(TERMS.announceBefore());
        var before = run(installed, start.minus(Duration.ofDays(1)));

        var announced = run(before, start);
        assertThat(announced.gateway()).isEqualTo(before.gateway());
        assertThat(announced.bundle()).hasSize(2).startsWith(before.bundle().getFirst());

        var published = announced.successor().orElseThrow().notBefore().plus(TERMS.overlap());
        assertThat(Renewal.decide(announced, published.minus(TICK), TERMS).isNothing())
                .isTrue();
        assertThat(Renewal.decide(announced, published, TERMS).authorityStep()).isEqualTo(Succeed);

        var succeeded = run(announced, published);
        assertThat(succeeded.authority()).isEqualTo(announced.successor());
        assertThat(succeeded.successor()).isEmpty();
        assertThat(succeeded
                        .gateway()
                        .orElseThrow()
                        .isSignedBy(succeeded.authority().orElseThrow()))
                .isTrue();
        assertThat(new HashSet<>(succeeded.bundle())).isEqualTo(new HashSet<>(announced.bundle()));

        var quiet = succeeded.gateway().orElseThrow().notBefore().plus(TERMS.overlap());
        assertThat(Renewal.decide(succeeded, quiet.minus(TICK), TERMS).isNothing())
                .isTrue();
        assertThat(run(succeeded, quiet).bundle())
                .containsExactly(succeeded.authority().orElseThrow().certificate());
    }

    @Test
    void replacesTheAuthorityAtOnceWhenItIsTold() {
        var announce = TERMS.withAnnounceBefore(TERMS.authorityLife());
        var atOnce = TERMS.withOverlap(Duration.ZERO);

        var announced = run(installed, INSTALLED.plus(TICK), announce);
        assertThat(announced.bundle()).hasSize(2);

        var succeeded = run(announced, INSTALLED.plus(TICK), atOnce);
        assertThat(succeeded.authority()).isEqualTo(announced.successor());

        assertThat(run(succeeded, INSTALLED.plus(TICK), atOnce).bundle())
                .containsExactly(announced.successor().orElseThrow().certificate());
    }

    @Test
    void refusesTermsThatContradictEachOther() {
        assertThatThrownBy(() -> TERMS.withAnnounceBefore(TERMS.authorityLife().plus(TICK)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TERMS.withAnnounceBefore(TERMS.certificateLife()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TERMS.withOverlap(TICK.negated())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void doesNotLetASuccessorSignThatNobodyWasToldOf() {
        var start = INSTALLED.plus(TERMS.authorityLife()).minus(TERMS.announceBefore());
        var announced = run(run(installed, start.minus(Duration.ofDays(1))), start);
        var unpublished = published(announced, installed.bundle());

        assertThat(Renewal.decide(unpublished, start.plus(Duration.ofDays(30)), TERMS)
                        .authorityStep())
                .isEqualTo(Announce);
    }

    @Test
    void makesANewAuthorityWhenTheOldOneHasEnded() {
        var end = INSTALLED.plus(TERMS.authorityLife());

        var renewed = run(installed, end);

        assertThat(Renewal.decide(installed, end, TERMS).authorityStep()).isEqualTo(Create);
        assertThat(renewed.formerAuthority())
                .as("an authority that has ended proves nothing")
                .isEmpty();
    }

    @Test
    void keepsTrustingAnAuthorityWhoseKeyWasLost() {
        var other = new Issuance(new SecureRandom(), INSTALLED, TERMS).authority();
        var authority = installed.authority().orElseThrow();
        var broken = withAuthority(new KeyedCertificate(authority.certificate(), other.key()));

        var repaired = run(broken, INSTALLED);

        assertThat(repaired.bundle()).hasSize(2).contains(authority.certificate());
        assertThat(repaired.gateway()
                        .orElseThrow()
                        .isSignedBy(repaired.authority().orElseThrow()))
                .isTrue();
    }

    @Test
    void replacesACertificateWithTheKeyOfAnother() {
        var gateway = installed.gateway().orElseThrow();
        var other = new Issuance(new SecureRandom(), INSTALLED, TERMS)
                .gateway(installed.authority().orElseThrow());
        var mixed = withGateway(new KeyedCertificate(gateway.certificate(), other.key()));

        assertThat(Renewal.decide(mixed, INSTALLED, TERMS).issueCertificate()).isTrue();
    }

    @Test
    void replacesACertificateOfAnotherAuthority() {
        var issuance = new Issuance(new SecureRandom(), INSTALLED, TERMS);
        var foreign = withGateway(issuance.gateway(issuance.authority()));

        assertThat(Renewal.decide(foreign, INSTALLED, TERMS).issueCertificate()).isTrue();
    }

    @Test
    void neverGivesACertificateMoreLifeThanItsAuthority() {
        var late = INSTALLED.plus(TERMS.authorityLife()).minus(Duration.ofDays(10));

        var gateway = new Issuance(new SecureRandom(), late, TERMS)
                .gateway(installed.authority().orElseThrow());

        assertThat(gateway.notAfter())
                .isEqualTo(installed.authority().orElseThrow().notAfter());
    }

    /** One run of the command, with its bundle published. */
    private static Material run(Material present, Instant now) {
        return run(present, now, TERMS);
    }

    private static Material run(Material present, Instant now, Terms terms) {
        var material =
                new Issuance(new SecureRandom(), now, terms).perform(Renewal.decide(present, now, terms), present);
        return published(material, material.bundle());
    }

    private static Material published(Material material, List<java.security.cert.X509Certificate> bundle) {
        return new Material(
                material.authority(),
                material.successor(),
                material.formerAuthority(),
                material.gateway(),
                material.sessionKey(),
                bundle);
    }

    private Material withAuthority(KeyedCertificate authority) {
        return new Material(
                Optional.of(authority),
                installed.successor(),
                installed.formerAuthority(),
                installed.gateway(),
                installed.sessionKey(),
                installed.published());
    }

    private Material withGateway(KeyedCertificate gateway) {
        return new Material(
                installed.authority(),
                installed.successor(),
                installed.formerAuthority(),
                Optional.of(gateway),
                installed.sessionKey(),
                installed.published());
    }
}
