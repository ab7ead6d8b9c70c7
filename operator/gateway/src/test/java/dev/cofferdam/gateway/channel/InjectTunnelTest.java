package dev.cofferdam.gateway.channel;

import static dev.cofferdam.gateway.channel.Wire.head;
import static dev.cofferdam.gateway.channel.Wire.say;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.gateway.egress.tls.ServerTrust;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** A credential that the gateway adds, and a tool never sees. */
class InjectTunnelTest extends InspectScene {
    private static final String SECRET = "ghp_0123456789-the.secret/+x";
    private static final String MASKED = "*".repeat(SECRET.length());

    private void declared(String namespace, String place, String header) {
        gateway.inspector
                .credentials()
                .use(
                        Map.of(
                                "credentials.yaml",
                                "credentials: [{name: catalogue, namespaces: [%s], hosts: ['%s'], headers: [%s], prefix: 'Bearer '}]"
                                        .formatted(namespace, place, header)
                                        .getBytes(US_ASCII)),
                        Map.of("catalogue", (SECRET + "\n").getBytes(US_ASCII)));
    }

    private void injected() throws Exception {
        declared("ns", host, "Authorization");
        inspect(", inject: {credential: catalogue}");
    }

    @Test
    void itIsAddedInThePlaceOfTheToolsOwn() throws Exception {
        injected();
        TestTls tool = tls().send(
                        "GET /a HTTP/1.1\r\nHost: " + host
                                + "\r\nauthorization: Basic mine\r\nAuthorization: x\r\nConnection: Authorization\r\nCookie: session=mine\r\nCookie2: $Version=1\r\nAccept: */*\r\nRange: bytes=5-9\r\nA-IM: gzip\r\nAccept-Encoding: gzip\r\n\r\n");
        SSLSocket there = served(NAME);
        assertThat(head(there))
                .isEqualTo("GET /a HTTP/1.1\r\nHost: " + host + "\r\nAccept: */*\r\nauthorization: Bearer " + SECRET
                        + "\r\nAccept-Encoding: identity\r\n\r\n");
        say(there, OK);
        assertThat(tool.receive(OK.length())).isEqualTo(OK);
        tool.send(get("/b"));
        head(there);

        assertThat(ofType(AuditEventType.SecretAccess).stream()
                        .filter(event -> event.action().equals("inject")))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.resource()).isEqualTo("catalogue");
                    assertThat(event.result()).isEqualTo(AuditResult.Allowed);
                    assertThat(event.detail()).containsEntry("host", host).containsEntry("header", "authorization");
                });
        assertThat(gateway.audit).noneMatch(line -> line.contains(SECRET));
    }

    @Test
    void besideOneInAFieldOfItsOwnTheToolHasNone() throws Exception {
        declared("ns", host, "X-Api-Key");
        inspect(", inject: {credential: catalogue, header: X-Api-Key}");

        tls().send("GET /a HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Basic mine\r\nx_api_key: mine\r\n\r\n");

        assertThat(head(served(NAME)).toLowerCase(Locale.ROOT))
                .contains("x-api-key: bearer " + SECRET.toLowerCase(Locale.ROOT))
                .doesNotContain("mine");
    }

    @Test
    void itDoesNotComeBack() throws Exception {
        injected();
        TestTls tool = tls().send(get("/echo"));
        SSLSocket there = served(NAME);
        head(there);
        String encoded = Base64.getEncoder().encodeToString(("user:" + SECRET).getBytes(US_ASCII));
        String escaped = SECRET.replace("/", "%2F").replace("+", "%2b");
        String chunks = "7\r\nx" + SECRET.substring(0, 6) + "\r\n" + Integer.toHexString(SECRET.length() - 6) + "\r\n"
                + SECRET.substring(6) + "\r\n";
        String text = " " + encoded + " " + escaped;
        say(
                there,
                "HTTP/1.1 103 Early Hints\r\nset-cookie: s=0\r\nX-A: b\r\n\r\nHTTP/1.1 200 " + SECRET
                        + "\r\nX-Echo: Bearer "
                        + SECRET
                        + "\r\nSet-Cookie: s=1\r\nSet-Cookie: t=2; HttpOnly\r\nSet_Cookie2: u=3\r\nAuthentication-Info: nextnonce=4\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + chunks);
        say(there, Integer.toHexString(text.length()) + "\r\n" + text + "\r\n0\r\n\r\n");

        String head = "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\nHTTP/1.1 200 " + MASKED + "\r\nX-Echo: Bearer "
                + MASKED + "\r\nTransfer-Encoding: chunked\r\n\r\n";
        int body = 1 + SECRET.length() + text.length();
        String came = tool.receive(head.length() + body);
        while (!came.endsWith("\r\n0\r\n\r\n")) {
            came = tool.receive(came.length() + 1);
        }
        assertThat(came).startsWith(head).contains("*").doesNotContain(SECRET.substring(4));
        String said = came.substring(head.length()).replaceAll("\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n", "");
        assertThat(said)
                .startsWith("x" + MASKED)
                .doesNotContain(escaped.substring(3))
                .doesNotContain(encoded.substring(9, 40));
    }

    @Test
    void whatCannotBeLookedIntoIsNotPassedOn() throws Exception {
        injected();
        for (String head : List.of(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
                "HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx",
                "HTTP/1.1 226 IM Used\r\nContent-Length: 1\r\n\r\nx",
                "HTTP/1.1 200 OK\r\nIM: gzip\r\nContent-Length: 1\r\n\r\nx")) {
            TestTls tool = tls().send(get("/"));
            SSLSocket there = served(NAME);
            head(there);
            say(there, head);
            assertThat(tool.end()).as(head).startsWith("reset");
        }
        assertThat(events(4))
                .allSatisfy(event -> assertThat(event.detail()).containsEntry("reason", "ResponseMalformed"));
    }

    @Test
    void whereTheAdminHasNotDeclaredItItIsNotUsed() throws Exception {
        inspect(", inject: {credential: catalogue}");
        declared("ns", host, "Authorization");
        for (Runnable other : List.<Runnable>of(
                () -> declared("other", host, "Authorization"),
                () -> declared("ns", "other.example.com:" + server.port(), "Authorization"),
                () -> declared("ns", NAME, "Authorization"),
                () -> declared("ns", host, "X-Api-Key"),
                () -> gateway.inspector.credentials().use(Map.of(), Map.of()))) {
            other.run();
            assertThat(tls().send(get("/")).receive(REFUSED.length())).isEqualTo(REFUSED);
        }
        assertThat(server.hits()).isZero();
        assertThat(events(5)).allSatisfy(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Denied);
            assertThat(event.detail()).containsEntry("reason", "CredentialNotDeclared");
            assertThat(event.detail().get("message")).contains("catalogue");
        });
        assertThat(ofType(AuditEventType.SecretAccess))
                .noneMatch(event -> event.action().equals("inject"));
    }

    @Test
    void anEditThatTakesItAwayCuts() throws Exception {
        injected();
        TestTls tool = tls().send(get("/long"));
        head(served(NAME));
        edited(rule(""));
        assertThat(tool.end()).startsWith("reset");
        assertThat(ofType(AuditEventType.CapabilityRevoke))
                .extracting(AuditEvent::resource)
                .containsExactly(host + "/https * with authorization=catalogue");
        assertThat(tls().send(get("/")).receive(REFUSED.length())).isEqualTo(REFUSED);
        assertThat(server.hits()).isEqualTo(1);
    }

    /** On record is what a server got, and a server that is not who it must be gets nothing. */
    @Test
    void whatDidNotReachAServerIsNotOnRecordAsUsed() throws Exception {
        injected();
        gateway.inspector.trust().use(ServerTrust.read(authority.getBytes(US_ASCII)));
        TestTls tool = tls().send(get("/"));
        SSLSocket there = served(NAME);
        assertThatThrownBy(there::startHandshake).isInstanceOf(IOException.class);
        assertThat(tool.end()).startsWith("reset");
        assertThat(events(1).getFirst().detail()).containsEntry("reason", "ServerNotTrusted");
        assertThat(ofType(AuditEventType.SecretAccess))
                .noneMatch(event -> event.action().equals("inject"));
    }

    /** A run that was granted the host without it has it without it. */
    @Test
    void anEditThatAddsItGivesNothing() throws Exception {
        declared("ns", host, "Authorization");
        inspect("");
        edited(rule(", inject: {credential: catalogue}"));
        tls().send(get("/"));
        assertThat(head(served(NAME))).doesNotContain(SECRET);
    }
}
