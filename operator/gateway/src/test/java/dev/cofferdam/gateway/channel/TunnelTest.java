package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.AddressBlock;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

/** The way out: the real port, the real decision, a name server and servers of the test's own. */
class TunnelTest extends TunnelScene {
    @Test
    void bytesPassInBothDirectionsAndAreOnRecord() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);

        Socket there = server.next();
        tunnel.send("hello");
        assertThat(new String(there.getInputStream().readNBytes(5), StandardCharsets.US_ASCII))
                .isEqualTo("hello");
        there.getOutputStream().write("hello yourself".getBytes(StandardCharsets.US_ASCII));
        assertThat(tunnel.receive(14)).isEqualTo("hello yourself");

        // The tool's half ends first, then the server's.
        tunnel.halfClose();
        assertThat(there.getInputStream().read()).isEqualTo(-1);
        there.getOutputStream().write('!');
        there.close();
        assertThat(tunnel.receive(15)).endsWith("!");
        assertThat(tunnel.end()).isEqualTo("end");

        AuditEvent event = events(1).getFirst();
        assertThat(event.resource()).isEqualTo(server.target());
        assertThat(event.action()).isEqualTo("connect");
        assertThat(event.result()).isEqualTo(AuditResult.Allowed);
        assertThat(event.detail())
                .containsEntry("bytesUp", "5")
                .containsEntry("bytesDown", "15")
                .containsEntry("visibility", "tunnel")
                .containsEntry("protocol", "tcp")
                .containsEntry("address", server.ip())
                .containsEntry("rule", server.ip() + "/32:" + server.port() + "/tcp")
                .containsKey("durationMillis")
                .doesNotContainKeys("ended", "decidedBy");
        await().until(() -> gateway.tunnels.open() == 0);
    }

    /** A server that has said all it has to say may still be told more. */
    @Test
    void theServersHalfMayEndFirst() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        TestTunnel tunnel = open(server.target());
        Socket there = server.next();

        there.getOutputStream().write("all".getBytes(StandardCharsets.US_ASCII));
        there.shutdownOutput();
        assertThat(tunnel.receive(3)).isEqualTo("all");
        assertThat(tunnel.end()).isEqualTo("end");
        tunnel.send("more").halfClose();

        assertThat(new String(there.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                .isEqualTo("more");
        assertThat(events(1).getFirst().detail()).containsEntry("bytesUp", "4").containsEntry("bytesDown", "3");
    }

    @Test
    void aResetIsAReset() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        TestTunnel one = open(server.target());
        assertThat(one.status()).isEqualTo(200);
        Socket there = server.next();
        there.setSoLinger(true, 0);
        there.close();
        assertThat(one.end()).startsWith("reset");

        TestTunnel other = open(server.target());
        assertThat(other.status()).isEqualTo(200);
        Socket again = server.next();
        other.reset();
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> again.getInputStream().read())
                .hasMessageContaining("reset");
        assertThat(events(2)).extracting(event -> event.detail().get("ended")).doesNotContainNull();
    }

    /** Neither side can make the gateway hold more than its windows. */
    @Test
    void whoeverDoesNotReadMakesTheOtherWait() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        TestTunnel tunnel = open(server.target());
        Socket there = server.next();

        // The server does not read: the tool's queue fills, with at most what kernels and windows hold before it.
        byte[] piece = new byte[64 << 10];
        int sent = 0;
        while (!tunnel.isFull()) {
            tunnel.send(piece);
            sent += piece.length;
        }
        assertThat(there.getInputStream().readNBytes(sent)).hasSize(sent);

        // And a megabyte comes through whole, in order.
        byte[] much = new byte[1 << 20];
        new java.util.Random(7).nextBytes(much);
        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                there.getOutputStream().write(much);
                there.close();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertThat(tunnel.receive(much.length).getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo(much);
        writer.join();
    }

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
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        gateway.floor =
                new Floor(List.of(AddressBlock.of(Address.parse(server.ip()).orElseThrow())));

        assertThat(open(server.target()).status()).isEqualTo(403);

        assertThat(server.hits()).isZero();
        assertThat(events(1).getFirst().detail().get("reason")).isEqualTo("AddressOnFloor");
    }

    @Test
    void whatIsNotThereIsUnreachable() throws Exception {
        granted("{cidr: %s/32, ports: [%d], protocol: tcp}, {host: no.example.com, port: 1, protocol: tcp}"
                .formatted(server.ip(), server.port()));
        server.close();

        assertThat(open(server.target()).status()).isEqualTo(502);
        assertThat(open("no.example.com:1").status()).isEqualTo(502);

        assertThat(events(2)).extracting(AuditEvent::result).containsOnly(AuditResult.Error);
    }

    @Test
    void tlsGreetsTheServerThatWasNamedBeforeAnyServerHearsOfIt() throws Exception {
        granted("{host: %s, port: %d, protocol: https}, {cidr: %s/32, port: %d, protocol: https}"
                .formatted(NAME, server.port(), server.ip(), server.port()));
        String target = NAME + ":" + server.port();
        for (byte[] first : List.of(
                greeting(Optional.of("other.example.com")),
                greeting(Optional.empty()),
                "GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                new byte[32 << 10])) {
            TestTunnel tunnel = open(target).send(first);
            assertThat(tunnel.status()).isEqualTo(200);
            assertThat(tunnel.end()).startsWith("reset");
        }
        // One that ends, too.
        assertThat(open(target).halfClose().end()).startsWith("reset");
        assertThat(server.hits()).isZero();
        assertThat(events(5)).extracting(AuditEvent::result).containsOnly(AuditResult.Denied);

        // In pieces, and in any case, it is the same name.
        byte[] right = greeting(Optional.of("API.example.com"));
        TestTunnel tunnel = open(target);
        for (byte one : right) {
            tunnel.send(new byte[] {one});
        }
        assertThat(new DataInputStream(server.next().getInputStream()).readNBytes(right.length))
                .isEqualTo(right);
    }

    @Test
    void whoeverDoesNotGreetIsNotWaitedFor() throws Exception {
        impatient(1_000);
        granted("{host: %s, port: %d, protocol: https}, {cidr: %s/32, port: %d, protocol: https}"
                .formatted(NAME, server.port(), server.ip(), server.port()));

        // One that says nothing, and one that does not come to an end.
        assertThat(open(NAME + ":" + server.port()).end()).startsWith("reset");
        assertThat(open(NAME + ":" + server.port())
                        .send(new byte[] {22, 3, 1, 0x40, 1, 1, 0, 0})
                        .end())
                .startsWith("reset");

        assertThat(server.hits()).isZero();
        assertThat(events(2)).extracting(AuditEvent::result).containsOnly(AuditResult.Denied);
    }

    @Test
    void whatThePolicyTakesAwayIsCutAndStaysClosed() throws Exception {
        String rule = "{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port());
        granted(rule + ", {host: kept.example.com, port: 443, protocol: https}");
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);
        Socket there = server.next();

        edited("{host: kept.example.com, port: 443, protocol: https}");

        assertThat(tunnel.end()).startsWith("reset");
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> there.getInputStream().read())
                .hasMessageContaining("reset");
        assertThat(open(server.target()).status()).isEqualTo(403);
        assertThat(server.hits()).isEqualTo(1);
        assertThat(events(2)).extracting(AuditEvent::result).containsExactly(AuditResult.Allowed, AuditResult.Denied);
        assertThat(events(2).getFirst().detail()).containsEntry("ended", "revoked");
        String edit = gateway.connections.policyVersion();
        assertThat(events(2)).allSatisfy(event -> assertThat(event.detail()).containsEntry("decidedBy", edit));
        assertThat(ofType(AuditEventType.CapabilityRevoke)).singleElement().satisfies(event -> {
            assertThat(event.resource()).isEqualTo(server.ip() + "/32:" + server.port() + "/tcp");
            assertThat(event.detail()).containsEntry("decidedBy", edit);
        });

        // More than was claimed is not given either.
        edited(rule + ", {cidr: %s/32, port: %d, protocol: https}".formatted(server.ip(), server.port()));
        assertThat(open(server.target()).status()).isEqualTo(200);
    }

    @Test
    void whatIsTakenAwayIsOnRecordBeforeWhatIsRefusedForIt() throws Exception {
        String kept = "{host: kept.example.com, port: 443, protocol: https}";
        granted("{cidr: %s/32, port: %d, protocol: tcp}, ".formatted(server.ip(), server.port()) + kept);

        inForce(kept);
        assertThat(open(server.target()).status()).isEqualTo(403);
        events(1);
        edited(kept);

        assertThat(gateway.audit.stream()
                        .map(line -> Serialization.unmarshal(line, Map.class).get("event_type"))
                        .filter(type -> !"ProcessExec".equals(type)))
                .containsExactly("CapabilityRevoke", "NetworkAccess");
    }

    @Test
    void bytesOfAnyKindAreCutWhereOnlyTlsIsGrantedNow() throws Exception {
        String range = "{cidr: %s/32, port: %d, protocol: ".formatted(server.ip(), server.port());
        granted(range + "tcp}, " + range + "https}");
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);

        edited(range + "https}");

        assertThat(tunnel.end()).startsWith("reset");
        assertThat(events(1).getFirst().detail()).containsEntry("ended", "revoked");
    }

    @Test
    void nobodyIsAskedForANameThatNoHostRuleAllows() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));

        assertThat(open(NAME + ":" + server.port()).status()).isEqualTo(403);

        assertThat(gateway.dns.asked()).isEmpty();
    }

    @Test
    void anOrderToStopCutsEverythingAndIsFollowedByNothing() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);

        cancel();

        assertThat(tunnel.end()).startsWith("reset");
        assertThat(open(server.target()).status()).isEqualTo(401);
        assertThat(gateway.refused(Refusal.SessionInvalid)).isEqualTo(1);
    }

    private void cancel() {
        gateway.stop = Optional.of(Reason.Cancelled);
        gateway.channels.runChanged("run-uid");
    }

    /** A tool that is stopped sees its connections end, and may be faster than the kill that follows. */
    @Test
    void whoeverEndsBecauseItsConnectionsWereCutWasStopped() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        supervisor.send(TestSupervisor.STARTED);
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);

        cancel();
        assertThat(tunnel.end()).startsWith("reset");
        supervisor.send(TestSupervisor.exited(0, 0));

        Facts facts = gateway.facts();
        assertThat(facts.result().orElseThrow().outcome()).isEqualTo(Outcome.Stopped);
        assertThat(facts.result().orElseThrow().exitCode()).isEmpty();
        assertThat(facts.stop()).contains(Reason.Cancelled.name());
    }

    @Test
    void whoeverIsRefusedAConnectionByTheOrderWasStoppedToo() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        supervisor.send(TestSupervisor.STARTED);

        cancel();
        assertThat(open(server.target()).status()).isEqualTo(401);
        supervisor.send(TestSupervisor.exited(1, 0));

        assertThat(gateway.facts().result().orElseThrow().outcome()).isEqualTo(Outcome.Stopped);
    }

    @Test
    void whoeverHadNothingOpenAndEndedFirstEndedByItself() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        supervisor.send(TestSupervisor.STARTED);

        cancel();
        supervisor.send(TestSupervisor.exited(3, 0));

        SupervisorFrame.Result result = gateway.facts().result().orElseThrow();
        assertThat(result.outcome()).isEqualTo(Outcome.Exited);
        assertThat(result.exitCode()).hasValue(3);
    }

    @Test
    void theEndOfTheRunClosesWhatIsOpenAndHasItOnRecord() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        TestTunnel tunnel = open(server.target());
        assertThat(tunnel.status()).isEqualTo(200);

        supervisor.send(TestSupervisor.STARTED, TestSupervisor.exited(0, 0));

        assertThat(tunnel.end()).startsWith("reset");
        List<AuditEvent> stored = gateway.facts().audit().events();
        assertThat(stored.stream().map(AuditEvent::action)).endsWith("connect", "exit");
        assertThat(open(server.target()).status()).isEqualTo(401);
    }

    @Test
    void aRunHasSoManyTunnelsAndNoMore() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        for (int at = 0; at < 4; at++) {
            assertThat(open(server.target()).status()).isEqualTo(200);
        }
        assertThat(open(server.target()).status()).isEqualTo(429);
        assertThat(events(1).getFirst().detail()).containsEntry("reason", "TooManyConnections");
    }

    /** Else whoever has many runs takes away the way out of everybody. */
    @Test
    void aNamespaceHasAQuarterOfAllTunnels() throws Exception {
        for (int run = 0; run < 4; run++) {
            another("ns", "pod-" + run);
            for (int at = 0; at < 4; at++) {
                assertThat(open(server.target()).status()).isEqualTo(200);
            }
        }
        another("ns", "pod-4");
        assertThat(open(server.target()).status()).isEqualTo(429);
        another("other", "pod-5");
        assertThat(open(server.target()).status()).isEqualTo(200);
    }

    private void another(String namespace, String podUid) throws Exception {
        Claim known = Harness.CLAIM;
        gateway.identification = new Identification.Identified(new Claim(
                namespace,
                "run-of-" + podUid,
                "run-uid-of-" + podUid,
                "cofferdam-" + podUid,
                podUid,
                known.policy(),
                known.tool(),
                known.policyVersion(),
                known.outputBytes(),
                known.secrets(),
                known.files(),
                false,
                0,
                false,
                known.gate(),
                Optional.empty()));
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
    }

    @Test
    void aFloodIsCountedExactly() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        for (int at = 0; at < 40; at++) {
            assertThat(open("192.0.2.1:1").status()).isEqualTo(403);
        }
        supervisor.send(TestSupervisor.STARTED, TestSupervisor.exited(0, 0));

        List<AuditEvent> told = gateway.facts().audit().events().stream()
                .filter(event -> event.eventType() == AuditEventType.NetworkAccess)
                .toList();
        assertThat(told).hasSize(16 + 8 + 1);
        assertThat(told.getLast().resource()).isEqualTo("other attempts");
        assertThat(told.getLast().detail()).containsEntry("count", "16");
    }

    /** Whoever asks often for what is granted does not hide what is not. */
    @Test
    void whatIsAllowedOftenHidesNoDenialAndNoLimit() throws Exception {
        limits = "connections: 20";
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        for (int at = 0; at < 20; at++) {
            TestTunnel tunnel = open(server.target());
            assertThat(tunnel.status()).isEqualTo(200);
            tunnel.reset();
            await().until(() -> gateway.tunnels.open() == 0);
        }
        for (int at = 0; at < 10; at++) {
            assertThat(open("192.0.2.1:1").status()).isEqualTo(403);
        }
        for (int at = 0; at < 2; at++) {
            assertThat(open(server.target()).status()).isEqualTo(429);
        }
        supervisor.send(TestSupervisor.STARTED, TestSupervisor.exited(0, 0));

        List<AuditEvent> told = gateway.facts().audit().events().stream()
                .filter(event -> event.eventType() == AuditEventType.NetworkAccess)
                .toList();
        assertThat(told.stream()
                        .filter(event -> event.detail().containsValue("NetworkLimitReached"))
                        .toList())
                .singleElement()
                .satisfies(event -> assertThat(event.detail()).containsEntry("limit", "connections"));
        assertThat(told.stream()
                        .filter(event -> event.resource().equals("192.0.2.1:1"))
                        .toList())
                .hasSize(8);
        assertThat(told.stream()
                        .filter(event -> event.resource().equals("other attempts"))
                        .map(event -> event.action() + " " + event.result() + " "
                                + event.detail().get("count")))
                .containsExactlyInAnyOrder("connect Allowed 4", "connect Denied 3");
    }

    @Test
    void nobodyElseHasATunnel() throws Exception {
        granted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(server.ip(), server.port()));
        SessionSecrets same = new SessionSecrets();
        same.use(Harness.KEY);
        String foreign = same.issue(new Claim(
                "ns",
                "other",
                "other-run",
                "pod",
                "other-pod",
                "p",
                "t",
                "v",
                1,
                java.util.Set.of(),
                dev.cofferdam.policy.Job.Files.NONE,
                true,
                0,
                false,
                Harness.CLAIM.gate(),
                Optional.empty()));

        TestTunnel tunnel = TestTunnel.open(client, gateway, foreign, server.target());

        assertThat(tunnel.status()).isEqualTo(401);
        assertThat(server.hits()).isZero();
        // No honest supervisor has another one's session.
        assertThat(supervisor.frame().get("reason").textValue()).isEqualTo("Tampered");
        assertThat(gateway.facts().result()).isEmpty();
    }

    @Test
    void withoutALiveRunThereIsNoTunnel() throws Exception {
        assertThat(TestTunnel.open(client, gateway, "x", server.target()).status())
                .isEqualTo(401);
        assertThat(server.hits()).isZero();
    }

    /** What the JDK's own client says first. */
    static byte[] greeting(Optional<String> name) throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        name.ifPresent(host -> parameters.setServerNames(List.of(new SNIHostName(host))));
        engine.setSSLParameters(parameters);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteBuffer packet = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), packet);
        out.write(packet.array(), 0, packet.position());
        return out.toByteArray();
    }
}
