package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.AddressBlock;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where a tunnel may lead: to a name and to what it resolves to, as one rule says, and to no other spelling of it. */
class TunnelNamesTest extends TunnelScene {
    @Test
    void whatIsOneElementOffIsRefusedAndNobodyHearsOfIt() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}, {host: other.example.com, port: 443, protocol: https}"
                .formatted(server.ip(), server.port()));
        for (String target : List.of(
                server.ip() + ":" + (server.port() == 65_535 ? 1 : server.port() + 1),
                "other.example.com:444",
                "another.example.com:443",
                "169.254.169.254:443",
                "127.0.0.1:" + gateway.port,
                "[::ffff:127.0.0.1]:" + gateway.port,
                "0x7f000001:" + server.port(),
                "evil.example.com.:80",
                "user@" + server.target(),
                server.target() + "/x",
                server.ip() + ":0" + server.port(),
                "",
                ":",
                "a".repeat(8_000) + ":443")) {
            assertThat(open(target).status()).as(target).isEqualTo(403);
        }
        assertThat(server.hits()).isZero();
        assertThat(gateway.dns.asked()).isEmpty();
        assertThat(events(14)).extracting(AuditEvent::result).containsOnly(AuditResult.Denied);
        assertThat(events(14)).allSatisfy(event -> assertThat(event.resource()).hasSizeLessThan(1024));
    }

    @Test
    void aNameLeadsNowherePrivateWithoutARange() throws Exception {
        granted("{host: %s, port: %d, protocol: tcp}".formatted(NAME, server.port()));

        assertThat(open(NAME + ":" + server.port()).status()).isEqualTo(403);

        assertThat(server.hits()).isZero();
        assertThat(events(1).getFirst().detail().get("reason")).isEqualTo("AddressNotAllowed");
    }

    @Test
    void whatIsRefusedWhileNewsOfThePolicyComesIsRefusedForItsOwnReason() throws Exception {
        granted("{host: %s, port: %d, protocol: tcp}".formatted(NAME, server.port()));
        gateway.atNextFloor.set(() -> gateway.tunnels.reconsider(Harness.CLAIM));

        assertThat(open(NAME + ":" + server.port()).status()).isEqualTo(403);

        assertThat(events(1).getFirst().detail().get("reason")).isEqualTo("AddressNotAllowed");
    }

    @Test
    void oneAnswerThatMustNotBeReachedDeniesThemAll() throws Exception {
        granted("{host: %s, port: %d, protocol: tcp}, {cidr: %s/32, port: %d, protocol: tcp}"
                .formatted(NAME, server.port(), server.ip(), server.port()));
        assertThat(open(NAME + ":" + server.port()).status()).isEqualTo(200);
        for (String bad : List.of("169.254.169.254", "127.0.0.1", "10.1.2.3", "::1", "64:ff9b::a9fe:a9fe")) {
            gateway.dns.put(NAME, server.ip(), bad);
            assertThat(open(NAME + ":" + server.port()).status()).as(bad).isEqualTo(403);
        }
        assertThat(server.hits()).isEqualTo(1);
    }

    /** With a time to live of none, each answer is another one: what was checked is what is connected to, and nobody asks in between. */
    @Test
    void aNameThatRebindsIsHeldToTheAnswerOfEachConnection() throws Exception {
        granted("{host: %s, port: %d, protocol: tcp}, {cidr: %s/32, port: %d, protocol: tcp}"
                .formatted(NAME, server.port(), server.ip(), server.port()));
        for (int at = 0; at < 6; at++) {
            boolean good = at % 2 == 0;
            gateway.dns.put(NAME, good ? server.ip() : "127.0.0.1");
            TestTunnel tunnel = open(NAME + ":" + server.port());
            assertThat(tunnel.status()).isEqualTo(good ? 200 : 403);
            tunnel.reset();
            // One question for each kind of address, and no more.
            assertThat(gateway.dns.asked()).hasSize((at + 1) * 2);
            await().until(() -> gateway.tunnels.open() == 0);
        }
        assertThat(server.hits()).isEqualTo(3);
        assertThat(events(6).stream()
                        .filter(event -> event.result() == AuditResult.Denied)
                        .map(event -> event.detail().get("reason")))
                .hasSize(3)
                .allMatch(reason -> reason.contains("AddressOnFloor"));
    }

    /** Whoever answers for a name does not choose whom the gateway asks next. */
    @Test
    void aReferralIsAskedOfTheClustersServersAlone() throws Exception {
        granted("{host: %s, port: %d, protocol: tcp}".formatted(NAME, server.port()));
        gateway.dns.refer(NAME, "127.0.0.1");

        assertThat(open(NAME + ":" + server.port()).status()).isEqualTo(502);

        // More often than for the two kinds of addresses.
        assertThat(gateway.dns.asked()).hasSizeGreaterThan(2).containsOnly(NAME);
        assertThat(events(1).getFirst().detail()).containsEntry("reason", "HostUnresolved");
    }

    /** The clouds' metadata, as libraries and resolvers have been found to read it. */
    @Test
    void metadataHasNoSpellingThatIsReached() throws Exception {
        granted("{host: \"*\", port: 80, protocol: tcp}, {cidr: 169.254.0.0/16, port: 80, protocol: tcp}");
        List<String> spellings = List.of(
                "169.254.169.254",
                "169.254.169.254.",
                "2852039166",
                "0xa9fea9fe",
                "0xA9.0xFE.0xA9.0xFE",
                "0251.0376.0251.0376",
                "169.254.43518",
                "169.16689662",
                "0169.254.169.254",
                "169.254.169.254%00",
                "[::ffff:169.254.169.254]",
                "[::ffff:a9fe:a9fe]",
                "[0:0:0:0:0:ffff:a9fe:a9fe]",
                "[::a9fe:a9fe]",
                "[64:ff9b::a9fe:a9fe]",
                "[64:ff9b:1::a9fe:a9fe]",
                "[2002:a9fe:a9fe::]",
                "[fe80::5efe:a9fe:a9fe]",
                "[fd00:ec2::254]",
                "[fe80::1%25lo]",
                "metadata");
        gateway.dns.put("metadata", "169.254.169.254");
        for (String spelling : spellings) {
            assertThat(open(spelling + ":80").status()).as(spelling).isEqualTo(403);
            await().until(() -> gateway.tunnels.open() == 0);
        }
        // Of a run's events so many are told one by one.
        assertThat(events(spellings.size())).extracting(AuditEvent::result).containsOnly(AuditResult.Denied);
        assertThat(gateway.dns.asked()).containsOnly("metadata");
    }

    @Test
    void theFloorOfThisClusterIsOpenedByNoRange() throws Exception {
        grantedTcp();
        gateway.floor =
                new Floor(List.of(AddressBlock.of(Address.parse(server.ip()).orElseThrow())));

        assertThat(open(server.target()).status()).isEqualTo(403);

        assertThat(server.hits()).isZero();
        assertThat(events(1).getFirst().detail().get("reason")).isEqualTo("AddressOnFloor");
    }

    @Test
    void nobodyIsAskedForANameThatNoHostRuleAllows() throws Exception {
        grantedTcp();

        assertThat(open(NAME + ":" + server.port()).status()).isEqualTo(403);

        assertThat(gateway.dns.asked()).isEmpty();
    }
}
