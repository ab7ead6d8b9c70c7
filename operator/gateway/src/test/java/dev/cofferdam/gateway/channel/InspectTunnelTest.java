package dev.cofferdam.gateway.channel;

import static dev.cofferdam.gateway.channel.Wire.head;
import static dev.cofferdam.gateway.channel.Wire.say;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import io.netty.handler.ssl.JdkSslContext;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** HTTPS that is inspected: TLS ends at the gateway on both sides, and what is inside is held to its rule like plain HTTP. */
class InspectTunnelTest extends InspectScene {
    @Test
    void aRequestReachesItsServerAndIsOnRecordAsAnyOther() throws Exception {
        inspect("");
        TestTls tool = tls().send("GET /a?token=x HTTP/1.1\r\nHost: " + host + "\r\nProxy-Authorization: x\r\n\r\n");
        assertThat(tool.protocol()).isEqualTo("TLSv1.3 http/1.1");
        assertThat(tool.shown().getSubjectAlternativeNames()).hasToString("[[2, " + NAME + "]]");

        SSLSocket there = served(NAME);
        assertThat(head(there)).isEqualTo("GET /a?token=x HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        assertThat(((ExtendedSSLSession) there.getSession())
                        .getRequestedServerNames()
                        .toString())
                .contains(NAME);
        assertThat(there.getApplicationProtocol()).isEqualTo("http/1.1");
        say(there, OK);

        assertThat(tool.receive(OK.length())).isEqualTo(OK);
        AuditEvent event = events(1).getFirst();
        assertThat(event.resource()).isEqualTo("https://" + host + "/a?token");
        assertThat(event.action()).isEqualTo("request");
        assertThat(event.result()).isEqualTo(AuditResult.Allowed);
        assertThat(event.detail())
                .containsEntry("method", "GET")
                .containsEntry("status", "200")
                .containsEntry("protocol", "https")
                .containsEntry("visibility", "full")
                .containsEntry("address", server.ip())
                .containsKeys("bytesUp", "bytesDown", "durationMillis");

        // Another one on the same connection.
        tool.send(get("/b"));
        assertThat(head(there)).startsWith("GET /b ");
        say(there, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end");
        there.close();
        assertThat(tool.end()).isEqualTo("end");
        String second =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\na\r\nto the end\r\n0\r\n\r\n";
        assertThat(tool.receive(OK.length() + second.length())).isEqualTo(OK + second);
        assertThat(server.hits()).isEqualTo(1);
    }

    @Test
    void olderTlsServesTooAndTheServerMayHaveItAlone() throws Exception {
        inspect("");
        TestTls tool = tls(parameters -> parameters.setProtocols(new String[] {"TLSv1.2"}))
                .handshake()
                .send(get("/"));
        assertThat(tool.protocol()).isEqualTo("TLSv1.2 http/1.1");
        SSLSocket there = served(NAME);
        there.setEnabledProtocols(new String[] {"TLSv1.2"});
        head(there);
        say(there, OK);
        assertThat(tool.receive(OK.length())).isEqualTo(OK);
    }

    @Test
    void onlyWhatTheRuleNamesIsLetThrough() throws Exception {
        inspect(", http: {methods: [GET], paths: [\"/items/*\"]}");
        for (String request : List.of(
                "POST /items/1 HTTP/1.1\r\n",
                "GET /items/../x HTTP/1.1\r\n",
                "GET /items/1 HTTP/1.1\r\nX-HTTP-Method-Override: DELETE\r\n")) {
            TestTls tool = tls().send(request + "Host: " + host + "\r\n\r\n");
            assertThat(tool.receive(REFUSED.length())).as(request).isEqualTo(REFUSED);
            assertThat(tool.end()).isEqualTo("end");
        }
        assertThat(server.hits()).isZero();
        assertThat(events(3)).allSatisfy(event -> {
            assertThat(event.resource()).startsWith("https://" + host + "/items/");
            assertThat(event.detail()).containsEntry("reason", "RequestNotAllowed");
        });
        tls().send(get("/items/1"));
        assertThat(head(served(NAME))).startsWith("GET /items/1 ");
    }

    @Test
    void anotherHostInsideIsRefusedAlsoLater() throws Exception {
        inspect("");
        TestTls tool = tls().send("GET / HTTP/1.1\r\nHost: other.example.com:" + server.port() + "\r\n\r\n");
        assertThat(tool.receive(REFUSED.length())).isEqualTo(REFUSED);
        assertThat(server.hits()).isZero();

        TestTls second = tls().send(get("/") + "GET /x HTTP/1.1\r\nHost: " + NAME + ":1\r\n\r\n");
        SSLSocket there = served(NAME);
        head(there);
        say(there, OK);
        assertThat(second.receive(OK.length() + REFUSED.length())).isEqualTo(OK + REFUSED);
        assertThatThrownBy(() -> there.getInputStream().readNBytes(1)).isInstanceOf(IOException.class);
        assertThat(events(3)).extracting(event -> event.detail().get("reason")).contains("HostNotAllowed");
    }

    @Test
    void smugglingAndOtherProtocolsAreRefusedInsideTlsToo() throws Exception {
        inspect("");
        for (String request : List.of(
                "POST / HTTP/1.1\r\nHost: " + host
                        + "\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: " + host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
                "CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
                "GET http://" + host + "/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) {
            assertThat(tls().send(request).receive(REFUSED.length()))
                    .as(request)
                    .isEqualTo(REFUSED);
        }
        assertThat(server.hits()).isZero();
        assertThat(events(5)).allSatisfy(event -> assertThat(event.result()).isEqualTo(AuditResult.Denied));
    }

    @Test
    void aServerThatCannotShowWhoItIsGetsNoRequest() throws Exception {
        inspect("");
        TestTls tool = tls().send(get("/"));
        SSLSocket another = served("other.example.com");
        assertThatThrownBy(() -> head(another)).isInstanceOf(IOException.class);
        assertThat(tool.end()).startsWith("reset");

        gateway.inspector.trust().use(List.of());
        TestTls second = tls().send(get("/"));
        SSLSocket unknown = served(NAME);
        assertThatThrownBy(() -> head(unknown)).isInstanceOf(IOException.class);
        assertThat(second.end()).startsWith("reset");

        assertThat(events(2)).allSatisfy(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Error);
            assertThat(event.resource()).isEqualTo("https://" + host + "/");
            assertThat(event.detail())
                    .containsEntry("reason", "ServerNotTrusted")
                    .containsKey("message");
        });

        // And one that speaks no TLS, or goes away within it.
        TestTls third = tls().send(get("/"));
        say(server.next(), "HTTP/1.1 200 OK\r\n\r\n");
        assertThat(third.end()).startsWith("reset");
        TestTls fourth = tls().send(get("/"));
        server.next().close();
        assertThat(fourth.end()).startsWith("reset");
        assertThat(events(4).subList(2, 4))
                .allSatisfy(event -> assertThat(event.detail()).containsEntry("reason", "TlsFailed"));
        await().until(() -> gateway.tunnels.open() == 0);
    }

    @Test
    void aToolThatDoesNotWantOurTlsIsToldApart() throws Exception {
        inspect("");
        // It does not trust its run's authority.
        TestTls distrusting = new TestTls(open(host), world.pem(), NAME, parameters -> {});
        assertThatThrownBy(distrusting::handshake).isInstanceOf(Throwable.class);
        assertThat(distrusting.end()).startsWith("reset");
        // It speaks another protocol only.
        TestTls other = tls(parameters -> parameters.setApplicationProtocols(new String[] {"h2"}));
        assertThat(other.end()).startsWith("reset");
        // It ends its stream.
        TestTls name = new TestTls(open(host), authority, "other.example.com", parameters -> {});
        assertThat(name.end()).startsWith("reset");
        assertThat(open(host).send(greeting()).halfClose().end()).startsWith("reset");

        assertThat(events(4))
                .extracting(event -> event.result() + " " + event.detail().get("reason"))
                .containsExactly("Error TlsFailed", "Error TlsFailed", "Denied HostNotAllowed", "Error TlsFailed");
        assertThat(server.hits()).isZero();
        await().until(() -> gateway.tunnels.open() == 0);
    }

    @Test
    void newsOfThePolicyCutNothingWhoseGreetingIsNotWhole() throws Exception {
        inspect("");
        byte[] greeting = greeting();
        TestTunnel begun = open(host);
        assertThat(begun.status()).isEqualTo(200);
        begun.send(Arrays.copyOf(greeting, 100));
        // By the same connection: what went before has been read by then
        assertThat(open(host).status()).isEqualTo(200);

        edited(rule(""));

        begun.send(Arrays.copyOfRange(greeting, 100, greeting.length));
        assertThat(begun.receive(3)).startsWith("\u0016\u0003\u0003");
    }

    /** A whole greeting, after which nothing comes. */
    private byte[] greeting() throws Exception {
        io.netty.channel.embedded.EmbeddedChannel channel =
                new io.netty.channel.embedded.EmbeddedChannel(io.netty.handler.ssl.SslContextBuilder.forClient()
                        .sslProvider(io.netty.handler.ssl.SslProvider.JDK)
                        .build()
                        .newHandler(io.netty.buffer.ByteBufAllocator.DEFAULT, NAME, 443));
        io.netty.buffer.ByteBuf first = channel.readOutbound();
        byte[] bytes = new byte[first.readableBytes()];
        first.readBytes(bytes);
        first.release();
        return bytes;
    }

    @Test
    void whoeverIsSlowIsNotWaitedFor() throws Exception {
        impatient(3_000);
        inspect("");
        TestTunnel within = open(host).send(greeting());
        assertThat(within.end()).startsWith("reset");
        assertThat(tls().end()).startsWith("reset");
        assertThat(tls().send("GET / HTTP/1.1\r\nHost: ").end()).startsWith("reset");
        assertThat(events(3)).allSatisfy(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Denied);
            assertThat(event.detail()).containsEntry("reason", "RequestMalformed");
        });
        assertThat(server.hits()).isZero();
        await().until(() -> gateway.tunnels.open() == 0);
    }

    @Test
    void nobodyHandshakesAgain() throws Exception {
        inspect("");
        TestTls tool = tls(parameters -> parameters.setProtocols(new String[] {"TLSv1.2"}))
                .handshake();
        tool.handshakeAgain();
        assertThat(tool.end()).startsWith("reset");
        assertThat(events(1).getFirst().detail()).containsEntry("reason", "TlsFailed");
    }

    @Test
    void aBodyThatEndsWithoutTheEndOfTlsIsNotWhole() throws Exception {
        inspect("");
        TestTls tool = tls().send(get("/"));
        Socket[] plain = new Socket[1];
        plain[0] = server.next();
        SSLSocket there = (SSLSocket) ((JdkSslContext) world.shown(NAME))
                .context()
                .getSocketFactory()
                .createSocket(plain[0], null, plain[0].getPort(), false);
        there.setUseClientMode(false);
        head(there);
        say(there, "HTTP/1.1 200 OK\r\n\r\nthe first half");
        plain[0].shutdownOutput();
        assertThat(tool.end()).startsWith("reset");
        assertThat(events(1).getFirst().result()).isEqualTo(AuditResult.Error);
    }

    @Test
    void anEditCutsWhatItTakesAway() throws Exception {
        inspect("");
        TestTls tool = tls().send(get("/long"));
        SSLSocket there = served(NAME);
        head(there);
        edited(rule(", http: {paths: [\"/short\"]}"));
        assertThat(tool.end()).startsWith("reset");
        assertThat(events(1).getFirst().detail()).containsEntry("ended", "revoked");
        assertThat(ofType(AuditEventType.CapabilityRevoke))
                .extracting(AuditEvent::resource)
                .containsExactly(host + "/https *");

        // What the rule allows unread now, this run has not: it goes on as it was granted.
        edited("{host: %s, port: %d, protocol: https}".formatted(NAME, server.port()) + cidr);
        TestTls second = tls().send(get("/short"));
        assertThat(head(served(NAME))).startsWith("GET /short ");
        second.send("");
        edited("{host: kept.example.com}");
        assertThat(second.end()).startsWith("reset");
    }

    @Test
    void anUnreadTunnelIsCutWhereItIsToBeReadNow() throws Exception {
        granted("{host: %s, port: %d, protocol: https}".formatted(NAME, server.port()) + cidr);
        TestTunnel tunnel = open(host).send(greeting());
        // Where its first byte is, the gateway is connected, too.
        assertThat(server.next().getInputStream().read()).isEqualTo(22);
        edited(rule(""));
        assertThat(tunnel.end()).startsWith("reset");
        assertThat(events(1).getFirst().detail()).containsEntry("ended", "revoked");
    }

    @Test
    void byItsAddressTheServerIsNotReached() throws Exception {
        inspect("");
        assertThat(open(server.target()).status()).isEqualTo(403);
        assertThat(server.hits()).isZero();
        assertThat(events(1).getFirst().detail())
                .containsEntry("reason", "HostNotAllowed")
                .hasEntrySatisfying("message", why -> assertThat(why).contains("connect to the host by its name"));
    }

    /** A handshake is work, whether a request comes of it or not. */
    @Test
    void handshakesAreCountedAsConnections() throws Exception {
        limits = "connections: 2";
        inspect("");
        for (int at = 0; at < 2; at++) {
            tls();
        }
        assertThat(open(host).send(greeting()).end()).startsWith("reset");
        assertThat(events(1).getLast().detail()).containsEntry("limit", "connections");
        assertThat(server.hits()).isZero();
    }

    /** When the key changes between the job and the first connection, the tool trusts what it was given. */
    @Test
    void theAuthorityIsTheOneOfTheJob() throws Exception {
        inspect("");
        gateway.inspector.authorities().use("yet another key, as long as it must be".getBytes(US_ASCII));
        tls();
        assertThat(gateway.tunnels.authority(Harness.CLAIM)).isEqualTo(authority);
    }

    @Test
    void onlyAJobThatIsInspectedHasAnAuthority() throws Exception {
        granted("{host: %s, port: %d, protocol: https}".formatted(NAME, server.port()));
        assertThat(authorityOfJob).isEmpty();
        stop();
        start();
        grant();
        inspect("");
        assertThat(authorityOfJob).startsWith("-----BEGIN CERTIFICATE-----\n");
    }
}
