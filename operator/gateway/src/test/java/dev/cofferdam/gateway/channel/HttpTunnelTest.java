package dev.cofferdam.gateway.channel;

import static dev.cofferdam.gateway.channel.Wire.greeting;
import static dev.cofferdam.gateway.channel.Wire.head;
import static dev.cofferdam.gateway.channel.Wire.read;
import static dev.cofferdam.gateway.channel.Wire.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plain HTTP through a tunnel: each request is held to its rule, and is on record. */
class HttpTunnelTest extends HttpScene {
    @Test
    void aRequestReachesItsServerAndIsOnRecordWithItsUrl() throws Exception {
        http();
        TestTunnel tunnel = open(host)
                .send(
                        "GET /items?limit=10&secret=hunter2&x HTTP/1.1\r\nHost: API.example.com.:" + server.port()
                                + "\r\nAccept: */*\r\nConnection: x-mine\r\nX-Mine: 1\r\nX_Mine: 2\r\nProxy-Authorization: Basic eA==\r\nProxy_Authorization: Basic eA==\r\nContent_Length: 7\r\nTransfer_Encoding: chunked\r\nKeep-Alive: 5\r\nTE: trailers\r\n\r\n");
        Socket there = server.next();
        assertThat(head(there))
                .isEqualTo(
                        "GET /items?limit=10&secret=hunter2&x HTTP/1.1\r\nHost: " + host + "\r\nAccept: */*\r\n\r\n");
        String body = "hello";
        say(
                there,
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nProxy-Authenticate: x\r\nConnection: X-Y\r\nX-Y: 1\r\nX-Z: 2\r\n\r\n"
                        + body);

        String answer = "HTTP/1.1 200 OK\r\nX-Z: 2\r\nContent-Length: 5\r\n\r\nhello";
        assertThat(tunnel.receive(answer.length())).isEqualTo(answer);
        AuditEvent event = events(1).getFirst();
        assertThat(event.resource()).isEqualTo("http://" + host + "/items?limit&secret");
        assertThat(event.action()).isEqualTo("request");
        assertThat(event.result()).isEqualTo(AuditResult.Allowed);
        assertThat(event.detail())
                .containsEntry("method", "GET")
                .containsEntry("status", "200")
                .containsEntry("truncated", "false")
                .containsEntry("protocol", "http")
                .containsEntry("visibility", "full")
                .containsEntry("address", server.ip())
                .containsKeys("bytesUp", "bytesDown", "durationMillis");
        assertThat(Integer.parseInt(event.detail().get("bytesDown"))).isBetween(60, 200);

        // The end of an idle connection is not another access.
        tunnel.halfClose();
        assertThat(tunnel.end()).isEqualTo("end");
        assertThat(there.getInputStream().read()).isEqualTo(-1);
        assertThat(ofType(AuditEventType.NetworkAccess)).hasSize(1);
        await().until(() -> gateway.tunnels.open() == 0);
    }

    /** As the JDK's own client does. */
    @Test
    void anOfferOfHttp2EndsHere() throws Exception {
        http();
        open(host)
                .send("GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nHost: " + host
                        + "\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n\r\n");
        assertThat(head(server.next())).isEqualTo(get("/"));
    }

    @ParameterizedTest
    @CsvSource({
        "c2VjcmV0==,''",
        "c2VjcmV0,''",
        "c2VjcmV0=,''",
        "page=2&c2VjcmV0=&q=a=b,page&q",
        "ids[]=1&a.b-c_d=2,ids[]&a.b-c_d",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9=x,''",
        "se%63ret=x,''"
    })
    void ofAQueryTheRecordHasNames(String query, String shown) throws Exception {
        http();
        String url = "http://" + host + "/";
        open(host)
                .send("GET /?" + query + " HTTP/1.1\r\nHost: other.example.com:" + server.port() + "\r\n\r\n")
                .end();
        assertThat(events(1).getFirst().resource()).isEqualTo(url.replace(NAME, "other.example.com") + "?" + shown);
    }

    @Test
    void requestsThatComeTogetherAreAnsweredOneAfterTheOther() throws Exception {
        http();
        String post = "POST /a HTTP/1.1\r\nHost: " + host
                + "\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n02\r\nde\r\n0\r\n\r\n";
        String get = "GET /b HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
        String last = "HEAD /c HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
        TestTunnel tunnel = open(host).send(post + get + last);
        Socket there = server.next();
        assertThat(head(there)).startsWith("POST /a HTTP/1.1\r\n").contains("Transfer-Encoding: chunked\r\n");
        // What came at once is one piece.
        assertThat(read(there, "5\r\nabcde\r\n0\r\n\r\n".length())).isEqualTo("5\r\nabcde\r\n0\r\n\r\n");
        // Nothing of the second one before the first one's answer.
        assertThat(there.getInputStream().available()).isZero();
        say(
                there,
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\nX-Sum: 1\r\n\r\n");
        assertThat(head(there)).startsWith("GET /b ");
        say(there, "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n");
        assertThat(head(there)).startsWith("HEAD /c ").contains("Connection: close\r\n");
        say(there, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");

        String answers = "HTTP/1.1 100 Continue\r\n\r\n"
                + "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n"
                + "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n";
        assertThat(tunnel.receive(answers.length())).isEqualTo(answers);
        assertThat(tunnel.end()).isEqualTo("end");
        assertThat(events(3))
                .extracting(event ->
                        event.detail().get("method") + " " + event.detail().get("status"))
                .containsExactly("POST 201", "GET 304", "HEAD 200");
        assertThat(events(3).getFirst().detail()).containsEntry("bytesUp", Integer.toString(post.length()));
        assertThat(events(3).get(1).detail()).containsEntry("bytesUp", Integer.toString(get.length()));
        assertThat(server.hits()).isEqualTo(1);
    }

    @Test
    void aBodyThatEndsWithItsConnectionIsGivenAnEndOfItsOwn() throws Exception {
        http();
        TestTunnel tunnel = open(host).send(get("/"));
        Socket there = server.next();
        head(there);
        say(there, "HTTP/1.0 200 OK\r\n\r\nall");
        there.close();
        String answer =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nall\r\n0\r\n\r\n";
        assertThat(tunnel.receive(answer.length())).isEqualTo(answer);
        assertThat(tunnel.end()).isEqualTo("end");

        // Whoever knows no chunks gets none.
        TestTunnel old = open(host).send("GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n");
        Socket again = server.next();
        assertThat(head(again)).startsWith("GET / HTTP/1.1\r\n").contains("Connection: close\r\n");
        say(again, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n0\r\n\r\n");
        assertThat(old.end()).isEqualTo("end");
        assertThat(old.receive(1)).isEqualTo("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall");
    }

    @Test
    void anAddressIsAskedForByItsOwnOrAnyNameThatNoRuleDenies() throws Exception {
        http();
        for (String name : List.of(server.target(), "any.example.org:" + server.port())) {
            TestTunnel tunnel = open(server.target()).send("GET / HTTP/1.1\r\nHost: " + name + "\r\n\r\n");
            Socket there = server.next();
            assertThat(head(there)).contains("Host: " + name + "\r\n");
            say(there, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
            assertThat(tunnel.end()).isEqualTo("end");
        }
        TestTunnel other =
                open(server.target()).send("GET / HTTP/1.1\r\nHost: 192.0.2.1:" + server.port() + "\r\n\r\n");
        assertThat(other.end()).isEqualTo("end");
        assertThat(other.receive(1)).isEqualTo(REFUSED);
    }

    @Test
    void theFirstByteTellsTheProtocolsApart() throws Exception {
        granted("{host: %s, port: %d}, {cidr: %s/32, port: %d}"
                .formatted(NAME, server.port(), server.ip(), server.port()));
        byte[] greeting = greeting(Optional.of(NAME));
        TestTunnel tls = open(host).send(greeting);
        assertThat(server.next().getInputStream().readNBytes(greeting.length)).isEqualTo(greeting);
        tls.reset();
        TestTunnel http = open(host).send(get("/"));
        assertThat(head(server.next())).startsWith("GET / ");
        http.reset();
        TestTunnel neither = open(host).send("SSH-2.0-x\r\n\r\n");
        assertThat(neither.end()).isEqualTo("end");
        // Nor does a stream without a byte, which is neither.
        assertThat(open(host).halfClose().end()).startsWith("reset");
        assertThat(server.hits()).isEqualTo(2);
        assertThat(events(4))
                .extracting(event -> event.detail().get("protocol"))
                .containsExactly("https", "http", "http", null);
    }

    @Test
    void aRequestThatIsGoingOnIsCutWhenItsRuleGoes() throws Exception {
        String kept = "{host: kept.example.com, port: 443, protocol: https}";
        granted("{host: %s, port: %d, protocol: http}, {cidr: %s/32, port: %d, protocol: http}, %s"
                .formatted(NAME, server.port(), server.ip(), server.port(), kept));
        TestTunnel tunnel = open(host).send("GET /long HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        Socket there = server.next();
        head(there);
        say(there, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nbegin");
        tunnel.receive("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nbegin".length());

        edited(kept);

        assertThat(tunnel.end()).startsWith("reset");
        assertThat(events(1).getFirst().detail())
                .containsEntry("ended", "revoked")
                .containsEntry("truncated", "true")
                .containsEntry("status", "200")
                .containsEntry("method", "GET");
        assertThat(open(host).status()).isEqualTo(403);
    }

    @Test
    void aRuleMayBeForSomeRequestsAlone() throws Exception {
        String cidr = ", {cidr: %s/32, port: %d, protocol: http, http: {methods: [GET], paths: [\"/items/*\"]}}"
                .formatted(server.ip(), server.port());
        granted("{host: %s, port: %d, protocol: http, http: {methods: [GET], paths: [\"/items/*\"]}}"
                        .formatted(NAME, server.port())
                + cidr);
        for (String request : List.of(
                "POST /items/1 HTTP/1.1\r\n",
                "GET /items HTTP/1.1\r\n",
                "GET /items/../x HTTP/1.1\r\n",
                "GET /items/%2e%2e HTTP/1.1\r\n",
                "GET /items/1 HTTP/1.1\r\nX-HTTP-Method-Override: DELETE\r\n",
                "GET /items/1 HTTP/1.1\r\nX_HTTP_Method_Override: DELETE\r\n",
                "GET /items/1 HTTP/1.1\r\nx.http-method_override: DELETE\r\n",
                "GET /items/1 HTTP/1.1\r\nX_Original_URL: /admin\r\n",
                "GET /items/1 HTTP/1.1\r\nSCRIPT_NAME: /items\r\n",
                "GET /items/1 HTTP/1.1\r\nX-Original-URL: /admin\r\n")) {
            TestTunnel tunnel = open(host).send(request + "Host: " + host + "\r\n\r\n");
            assertThat(tunnel.end()).as(request).isEqualTo("end");
            assertThat(tunnel.receive(1)).isEqualTo(REFUSED);
        }
        assertThat(server.hits()).isZero();
        assertThat(events(10))
                .allSatisfy(event -> assertThat(event.detail())
                        .containsEntry("reason", "RequestNotAllowed")
                        .doesNotContainKeys("truncated", "rule"));

        TestTunnel tunnel = open(host).send("GET /items/1?x=../.. HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        Socket there = server.next();
        assertThat(head(there)).startsWith("GET /items/1?x=../.. HTTP/1.1\r\n");

        // And cut, where only others are allowed now.
        edited("{host: %s, port: %d, protocol: http, http: {methods: [HEAD]}}".formatted(NAME, server.port())
                + cidr.replace("GET", "HEAD"));
        assertThat(tunnel.end()).startsWith("reset");
        // It was let through by what was granted then.
        assertThat(events(11).getLast().detail())
                .containsEntry("ended", "revoked")
                .containsEntry(
                        "rule",
                        "%s/32:%d/http GET /items/*, %s:%d/http GET /items/*"
                                .formatted(server.ip(), server.port(), NAME, server.port()));
    }

    @Test
    void aLargeBodyWaitsForWhoeverDoesNotRead() throws Exception {
        http();
        byte[] much = new byte[3 << 20];
        new Random(3).nextBytes(much);
        TestTunnel tunnel =
                open(host).send("POST / HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: " + much.length + "\r\n\r\n");
        Socket there = server.next();
        head(there);
        tunnel.send(much);
        assertThat(there.getInputStream().readNBytes(much.length)).isEqualTo(much);
        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                say(there, "HTTP/1.1 200 OK\r\nContent-Length: " + much.length + "\r\n\r\n");
                there.getOutputStream().write(much);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + much.length + "\r\n\r\n";
        assertThat(tunnel.receive(head.length() + much.length)
                        .substring(head.length())
                        .getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo(much);
        writer.join();
        assertThat(events(1).getFirst().detail().get("bytesDown"))
                .isEqualTo(Integer.toString(head.length() + much.length));
    }
}
