package dev.cofferdam.gateway.channel;

import static dev.cofferdam.gateway.channel.Wire.head;
import static dev.cofferdam.gateway.channel.Wire.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What two readers of HTTP could read differently reaches nobody, in either direction. */
class HttpSmugglingTest extends HttpScene {
    @ParameterizedTest
    @ValueSource(
            strings = {
                // Another host, another port, more than one, none, a user, an address, a control character.
                "GET / HTTP/1.1|Host: other.example.com:$|",
                "GET / HTTP/1.1|Host: api.example.com|",
                "GET / HTTP/1.1|Host: api.example.com:1|",
                "GET / HTTP/1.1|Host: api.example.com:$|Host: api.example.com:$|",
                "GET / HTTP/1.1|Host: api.example.com:$|Host: other.example.com:$|",
                "GET / HTTP/1.1|Accept: x|",
                "GET / HTTP/1.0|",
                "GET /|",
                "GET / HTTP/1.1|Host: user@api.example.com:$|",
                "GET / HTTP/1.1|Host: api.example.com:$@evil.example|",
                "GET / HTTP/1.1|Host: %|",
                "GET / HTTP/1.1|Host: 127.0.0.1:$|",
                "GET / HTTP/1.1|Host: api.example.com:$,evil.example|",
                "GET / HTTP/1.1|Host: api.example.com:$/x|",
                "GET / HTTP/1.1|Host: api.example.com:$\0|",
                "GET / HTTP/1.1|Host: |",
                "GET / HTTP/1.1|Host: api\u0007.example.com:$|",
                // A whole URL that says another thing.
                "GET http://other.example.com/ HTTP/1.1|Host: api.example.com:$|",
                "GET http://api.example.com/ HTTP/1.1|Host: api.example.com:$|",
                "GET https://api.example.com:$/ HTTP/1.1|Host: api.example.com:$|",
                "GET http://api.example.com:$@evil.example/ HTTP/1.1|Host: api.example.com:$|",
                "GET http://user:pw@api.example.com:$/ HTTP/1.1|Host: api.example.com:$|",
                "GET api.example.com/ HTTP/1.1|Host: api.example.com:$|",
                "GET * HTTP/1.1|Host: api.example.com:$|",
                "GET /#x HTTP/1.1|Host: api.example.com:$|",
                "GET /\0 HTTP/1.1|Host: api.example.com:$|",
                "GET /\u00e4 HTTP/1.1|Host: api.example.com:$|",
                "GET  / HTTP/1.1|Host: api.example.com:$|",
                "GET\t/ HTTP/1.1|Host: api.example.com:$|",
                "GET / HTTP/1.1 |Host: api.example.com:$|",
                "GET / http/1.1|Host: api.example.com:$|",
                "GET / HTTP/1.2|Host: api.example.com:$|",
                "GET / HTTP/2.0|Host: api.example.com:$|",
                "G@T / HTTP/1.1|Host: api.example.com:$|",
                // Two ends of one body.
                "POST / HTTP/1.1|Host: api.example.com:$|Content-Length: 5|Transfer-Encoding: chunked|",
                "POST / HTTP/1.1|Host: api.example.com:$|Transfer-Encoding: chunked|Content-Length: 5|",
                "POST / HTTP/1.1|Host: api.example.com:$|Content-Length: 5|Content-Length: 5|",
                "POST / HTTP/1.1|Host: api.example.com:$|Content-Length: 5|Content-Length: 6|",
                "POST / HTTP/1.1|Host: api.example.com:$|Content-Length: 5, 5|",
                "POST / HTTP/1.1|Host: api.example.com:$|Content-Length: +5|",
                "POST / HTTP/1.1|Host: api.example.com:$|Content-Length: 0x5|",
                "POST / HTTP/1.1|Host: api.example.com:$|Content-Length: -1|",
                "POST / HTTP/1.1|Host: api.example.com:$|Content-Length: |",
                "POST / HTTP/1.1|Host: api.example.com:$|Content-Length: 99999999999999999999|",
                "POST / HTTP/1.1|Host: api.example.com:$|Transfer-Encoding: xchunked|",
                "POST / HTTP/1.1|Host: api.example.com:$|Transfer-Encoding: gzip, chunked|",
                "POST / HTTP/1.1|Host: api.example.com:$|Transfer-Encoding: chunked|Transfer-Encoding: chunked|",
                "POST / HTTP/1.1|Host: api.example.com:$|Transfer-Encoding: \u000bchunked|",
                "POST / HTTP/1.1|Host: api.example.com:$|Transfer-Encoding : chunked|",
                "POST / HTTP/1.1|Host: api.example.com:$|Transfer-Encoding: identity|",
                "POST / HTTP/1.0|Host: api.example.com:$|Transfer-Encoding: chunked|",
                "POST / HTTP/1.0|Host: api.example.com:$|Content-Length: 5|Content-Length: 6|",
                "POST / HTTP/1.0|Host: api.example.com:$|content-length: 5|Content-Length: 5|",
                // Lines that some readers take for others.
                "GET / HTTP/1.1|Host: api.example.com:$|X-A: b| c: d|",
                "GET / HTTP/1.1|Host: api.example.com:$|X-A: b|\tc|",
                "GET / HTTP/1.1| Host: api.example.com:$|",
                "GET / HTTP/1.1|Host : api.example.com:$|",
                "GET / HTTP/1.1|Host\t: api.example.com:$|",
                "GET / HTTP/1.1|Host: api.example.com:$|X-A: b\rX-B: c|",
                "GET / HTTP/1.1|Host: api.example.com:$|X-A: b\nX-B: c|",
                "GET / HTTP/1.1\nHost: api.example.com:$|",
                "GET / HTTP/1.1|Host: api.example.com:$|X-A: b\0|",
                "GET / HTTP/1.1|Host: api.example.com:$|X-A|",
                "GET / HTTP/1.1|Host: api.example.com:$|: x|",
                "GET / HTTP/1.1|Host: api.example.com:$|X\u00e4: x|",
                "|GET / HTTP/1.1|Host: api.example.com:$|",
                " GET / HTTP/1.1|Host: api.example.com:$|",
                // Other protocols.
                "CONNECT api.example.com:$ HTTP/1.1|Host: api.example.com:$|",
                "CONNECT evil.example:443 HTTP/1.1|Host: api.example.com:$|",
                "TRACE / HTTP/1.1|Host: api.example.com:$|",
                "GET / HTTP/1.1|Host: api.example.com:$|Upgrade: websocket|Connection: Upgrade|",
                "GET / HTTP/1.1|Host: api.example.com:$|Upgrade: h2c, websocket|",
                "PRI * HTTP/2.0|",
                "GET / HTTP/1.1|Host: api.example.com:$|Expect: a-miracle|",
                "\u0016\u0003\u0001||"
            })
    void whatCouldBeReadInTwoWaysIsRefusedAndNobodyHearsOfIt(String lines) throws Exception {
        http();
        String request = lines.replace("$", Integer.toString(server.port()))
                        .replace("%", server.target())
                        .replace("|", "\r\n")
                + "\r\nhello";

        TestTunnel tunnel = open(host).send(request);

        assertThat(tunnel.end()).as(request).isEqualTo("end");
        assertThat(tunnel.receive(1)).isEqualTo(REFUSED);
        assertThat(server.hits()).isZero();
        assertThat(events(1)).singleElement().satisfies(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Denied);
            assertThat(event.resource()).startsWith("http://").hasSizeLessThan(1024);
            assertThat(event.detail()).containsKeys("reason", "message");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5;x=y\r\nhello\r\n0\r\n\r\n",
                "5 \r\nhello\r\n0\r\n\r\n",
                " 5\r\nhello\r\n0\r\n\r\n",
                "0x5\r\nhello\r\n0\r\n\r\n",
                "+5\r\nhello\r\n0\r\n\r\n",
                "-5\r\nhello\r\n0\r\n\r\n",
                "5\nhello\r\n0\r\n\r\n",
                "\r\nhello\r\n0\r\n\r\n",
                "fffffffff\r\nhello",
                "5\r\nhelloX\r\n0\r\n\r\n",
                "5\r\nhello\n0\r\n\r\n",
                "5\r\nhello\r\n0\r\nX-A: b\r\n\r\n",
                "5\r\nhello\r\n0\r\nHost: evil.example\r\n\r\n"
            })
    void aBodyInPiecesIsWrittenInOneWayAlone(String body) throws Exception {
        http();

        TestTunnel tunnel =
                open(host).send("POST / HTTP/1.1\r\nHost: " + host + "\r\nTransfer-Encoding: chunked\r\n\r\n" + body);

        assertThat(tunnel.end()).isEqualTo("end");
        assertThat(tunnel.receive(1)).isEqualTo(REFUSED);
        assertThat(events(1))
                .singleElement()
                .satisfies(event -> assertThat(event.detail())
                        .containsEntry("reason", "RequestMalformed")
                        .containsEntry("method", "POST"));
        // What had come through was whole pieces of ours, and then the connection was broken off.
        assertThat(server.hits()).isLessThanOrEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
                "HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nab",
                "HTTP/1.1 200 O\nK\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
                "HTTP/1.1 999 OK\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nab",
                "ICY 200 OK\r\n\r\n",
                "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"
            })
    void anAnswerThatCouldBeReadInTwoWaysIsNotPassedOn(String answer) throws Exception {
        http();
        TestTunnel tunnel = open(host).send(get("/"));
        Socket there = server.next();
        head(there);

        say(there, answer);

        assertThat(tunnel.end()).startsWith("reset");
        assertThat(tunnel.received()).isZero();
        assertThat(events(1)).singleElement().satisfies(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Error);
            assertThat(event.detail()).containsEntry("reason", "ResponseMalformed");
        });
    }

    @Test
    void anAnswerThatNobodyAskedForEndsTheConnection() throws Exception {
        http();
        TestTunnel tunnel = open(host).send(get("/"));
        Socket there = server.next();
        head(there);
        String answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
        say(there, answer + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
        // What was asked for was answered.
        assertThat(tunnel.end()).isEqualTo("end");
        assertThat(tunnel.receive(0)).isEqualTo(answer);
        assertThat(events(2).getFirst().detail()).containsEntry("status", "200");
        assertThat(events(2).getLast().result()).isEqualTo(AuditResult.Error);
        assertThat(events(2).getLast().detail()).containsEntry("reason", "ResponseMalformed");
    }

    @Test
    void theSecondRequestIsLookedAtAsTheFirst() throws Exception {
        http();
        TestTunnel tunnel = open(host)
                .send("GET /a HTTP/1.1\r\nHost: " + host + "\r\n\r\nGET /b HTTP/1.1\r\nHost: other.example.com:"
                        + server.port() + "\r\n\r\n");
        Socket there = server.next();
        assertThat(head(there)).startsWith("GET /a ");
        String answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
        say(there, answer);

        assertThat(tunnel.end()).isEqualTo("end");
        assertThat(tunnel.receive(1)).isEqualTo(answer + REFUSED);
        assertThatThrownBy(() -> there.getInputStream().read()).hasMessageContaining("reset");
        assertThat(events(2)).extracting(AuditEvent::result).containsExactly(AuditResult.Allowed, AuditResult.Denied);
        assertThat(events(2).getLast().resource()).isEqualTo("http://other.example.com:" + server.port() + "/b");
    }

    @Test
    void whatIsTooLongOrTooSlowIsRefused() throws Exception {
        impatient(2_000);
        http();
        TestTunnel large = open(host).send("GET / HTTP/1.1\r\nX-A: " + "a".repeat(40_000) + "\r\n\r\n");
        assertThat(large.end()).isEqualTo("end");
        assertThat(large.receive(1)).isEqualTo(REFUSED);
        // Nothing at all, and a head that does not come to its end.
        assertThat(open(host).end()).startsWith("reset");
        assertThat(open(host).send("GET / HTTP/1.1\r\n").end()).startsWith("reset");
        assertThat(open(host).send("GET / HTTP/1.1\r\n").halfClose().end()).isEqualTo("end");
        assertThat(server.hits()).isZero();
        assertThat(events(4)).extracting(AuditEvent::result).containsOnly(AuditResult.Denied);
    }
}
