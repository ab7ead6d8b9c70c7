package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Plain HTTP on a real cluster: request by request. The server's own log is what is true. */
@ClusterTest
class HttpTest {
    private static final String POLICY = """
            tools:
            - {name: python, image: cofferdam.local/python:1, command: [python3, -c]}
            - {name: bash, image: cofferdam.local/python:1, command: [bash, -c]}
            permissions:
              exec: {allow: [{command: curl}]}
              network: {allow: [%s]}
              resources: {limits: {cpu: 500m, memory: 256Mi, timeout: 300s}}
            """;

    private Sink sink;
    private String host;

    @BeforeEach
    void serve(Tenant tenant) {
        sink = Sink.in(tenant);
        host = sink.name("sink") + ":" + Sink.PORT;
    }

    @Test
    void requestsAreMadeByProgramsThatKnowNothingOfItAndEachIsOnRecord(Tenant tenant) {
        // Given: without a protocol a rule is for both kinds of HTTP.
        granted(
                tenant,
                rule("host: " + sink.name("sink"), Sink.PORT, ", protocol: http"),
                rule("cidr: " + sink.address() + "/32", Sink.PORT, ", protocol: http"),
                rule("host: " + sink.name("sink"), Sink.TLS_PORT, ""),
                rule("cidr: " + sink.address() + "/32", Sink.TLS_PORT, ""));

        // When: the first one waits until the name is known everywhere
        ToolRun run = tenant.run(tool(
                "bash",
                "curl -sS --retry 60 --retry-all-errors --retry-delay 1 -o /dev/null http://" + host
                        + "/first && curl -sS 'http://" + host
                        + "/items?limit=10&token=hunter2' && curl -sS -d name=value http://" + host
                        + "/post && curl -sS http://" + sink.address() + ":" + Sink.PORT
                        + "/address && curl -skS https://"
                        + sink.name("sink") + ":" + Sink.TLS_PORT + "/tls"));

        // Then
        assertThat(run.getStatus().result().stdout()).as(said(run)).isEqualTo("ok\nok\nok\nok\n");
        assertThat(sink.asked())
                .containsSequence(
                        Sink.PORT + " GET /first Host: " + host,
                        Sink.PORT + " GET /items?limit=10&token=hunter2 Host: " + host,
                        Sink.PORT + " POST /post Host: " + host,
                        Sink.PORT + " GET /address Host: " + sink.address() + ":" + Sink.PORT,
                        Sink.TLS_PORT + " GET /tls Host: " + sink.name("sink") + ":" + Sink.TLS_PORT);

        // And the record is what the server saw, but for what a query was given
        List<AuditEvent> requests = events(run, AuditResult.Allowed).stream()
                .filter(event -> event.action().equals("request"))
                .toList();
        assertThat(requests)
                .extracting(event -> event.detail().get("method") + " " + event.resource())
                .containsSequence(
                        "GET http://" + host + "/first",
                        "GET http://" + host + "/items?limit&token",
                        "POST http://" + host + "/post",
                        "GET http://" + sink.address() + ":" + Sink.PORT + "/address");
        assertThat(requests)
                .allSatisfy(event -> assertThat(event.detail())
                        .containsEntry("status", "200")
                        .containsEntry("visibility", "full")
                        .containsEntry("protocol", "http")
                        .containsEntry("address", sink.address())
                        .containsKeys("bytesUp", "bytesDown", "durationMillis"));
        assertThat(events(run, AuditResult.Allowed).stream()
                        .filter(event -> event.action().equals("connect")))
                .singleElement()
                .satisfies(event -> assertThat(event.detail())
                        .containsEntry("protocol", "https")
                        .containsEntry("visibility", "tunnel"));
    }

    /** Fields for the next hop, and those that the tool calls so, are the gateway's, which is that hop. The server echoes what it is asked. */
    @Test
    void whatIsForTheNextHopEndsAtTheGateway(Tenant tenant) {
        granted(tenant, rule("cidr: " + sink.address() + "/32", Sink.PORT, ", protocol: http"));

        ToolRun run = tenant.run(tool(
                "bash",
                "curl -sS -H 'Connection: X-Hop, keep-alive' -H 'X-Hop: of-the-hop' -H 'Keep-Alive: timeout=77' -H 'TE: trailers' "
                        + "-H 'Proxy-Authorization: Basic of-the-proxy' -H 'Proxy-Connection: keep-alive' -H 'X-Kept: of-the-tool' \"$0\"",
                "http://" + sink.address() + ":" + Sink.PORT + "/echo"));

        assertThat(run.getStatus().result().stdout())
                .as(said(run))
                .startsWith("GET /echo HTTP/1.1\r\n")
                .contains("X-Kept: of-the-tool\r\n")
                .doesNotContainIgnoringCase("hop", "proxy", "keep-alive", "timeout=77", "trailers");
    }

    @Withstands(
            value =
                    "a tool that may speak plain HTTP to a host asks it for another one, sends requests that two servers read differently, or goes over to another protocol",
            at = Aim.OtherTenant,
            by = {Gate.Egress, Gate.NetworkPolicy},
            opened = "NetworkTest.whatIsGrantedIsReachedByProgramsThatKnowNothingOfIt")
    @Test
    void whatCouldBeReadInTwoWaysReachesNobody(Tenant tenant) {
        granted(tenant, rule("cidr: " + sink.address() + "/32", Sink.PORT, ", protocol: http"));
        String here = "Host: " + sink.address() + ":" + Sink.PORT + "|";
        String get = "GET / HTTP/1.1|";
        String post = "POST / HTTP/1.1|" + here;
        List<String> attempts = List.of(
                get + "Host: 192.0.2.1:" + Sink.PORT + "||",
                get + "Host: " + sink.address() + "||",
                get + "Host: user@" + sink.address() + ":" + Sink.PORT + "||",
                get + here + here + "|",
                get + "|",
                "GET / HTTP/1.0||",
                "GET /||",
                "GET http://192.0.2.1/ HTTP/1.1|" + here + "|",
                "CONNECT 192.0.2.1:443 HTTP/1.1|" + here + "|",
                get + here + "Upgrade: websocket|Connection: Upgrade||",
                "PRI * HTTP/2.0||SM||",
                post + "Content-Length: 5|Transfer-Encoding: chunked||0||",
                post + "Content-Length: 5|Content-Length: 6||hello",
                post + "Transfer-Encoding : chunked||0||",
                post + "Transfer-Encoding: xchunked||0||",
                post + "X: y| folded: z||",
                get + here + "X: y^Host: 192.0.2.1||",
                get + here + "X: @||",
                "GET /@ HTTP/1.1|" + here + "|",
                get + here + "X: " + "a".repeat(40_000) + "||",
                // One that never comes to its end
                get + here);

        ToolRun run = tenant.run(tool(
                "python",
                Stream.concat(
                                Stream.of(
                                        Scripts.of("requests.py"),
                                        sink.address() + " " + Sink.PORT,
                                        get.replace("/ ", "/plain ") + here + "|"),
                                attempts.stream())
                        .toArray(String[]::new)));

        List<String> came = run.getStatus().result().stdout().lines().toList();
        assertThat(came).as(said(run)).hasSize(1 + attempts.size()).startsWith("HTTP/1.1 200 OK");
        assertThat(came.subList(1, came.size()))
                .allMatch(line -> line.equals("HTTP/1.1 403 Forbidden") || line.equals("reset"));
        assertThat(sink.asked()).containsExactly(Sink.PORT + " GET /plain Host: " + sink.address() + ":" + Sink.PORT);
        assertThat(sink.hits()).isEqualTo(1);
        assertThat(events(run, AuditResult.Allowed)).hasSize(1);

        // And each for what it is: over one connection of the same kind a request was answered
        assertThat(events(run, AuditResult.Denied))
                .hasSize(attempts.size())
                .extracting(event -> event.detail().get("reason"))
                .contains("RequestMalformed", "HostNotAllowed", "MethodNotAllowed", "UpgradeNotAllowed")
                .containsOnly("RequestMalformed", "HostNotAllowed", "MethodNotAllowed", "UpgradeNotAllowed")
                .last()
                .isEqualTo("RequestMalformed");
    }

    @Withstands(
            value =
                    "a tool that may read some paths of a host writes, or reads others, by another spelling of the path or by a header that asks for another method or path",
            at = Aim.OtherTenant,
            by = {Gate.Egress, Gate.NetworkPolicy},
            opened = "HttpTest.requestsAreMadeByProgramsThatKnowNothingOfItAndEachIsOnRecord")
    @Test
    void aRuleMayBeForSomeRequestsAlone(Tenant tenant) {
        itemsGranted(tenant);
        String here = " HTTP/1.1|Host: " + sink.address() + ":" + Sink.PORT + "|";

        ToolRun run = tenant.run(tool(
                "python",
                Scripts.of("requests.py"),
                sink.address() + " " + Sink.PORT,
                "GET /items/1?q=/admin" + here + "|",
                "POST /items/1" + here + "Content-Length: 0||",
                "GET /items" + here + "|",
                "GET /items/../admin" + here + "|",
                "GET /items/%2e%2e" + here + "|",
                "GET /items/..%2fadmin" + here + "|",
                "GET /items/1" + here + "X-HTTP-Method-Override: DELETE||",
                "GET /items/1" + here + "X_HTTP_Method_Override: DELETE||",
                "GET /items/1" + here + "X-Original-URL: /admin||"));

        List<String> came = run.getStatus().result().stdout().lines().toList();
        assertThat(came).as(said(run)).hasSize(9);
        assertThat(came.getFirst()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(came.subList(1, 9)).containsOnly("HTTP/1.1 403 Forbidden");
        assertThat(sink.asked())
                .containsExactly(Sink.PORT + " GET /items/1?q=/admin Host: " + sink.address() + ":" + Sink.PORT);
        assertThat(events(run, AuditResult.Denied))
                .hasSize(8)
                .allSatisfy(event -> assertThat(event.detail()).containsEntry("reason", "RequestNotAllowed"));
        assertThat(run.getStatus().effective().network().getFirst().http().methods())
                .containsExactly("GET");
    }

    @Withstands(
            value =
                    "a tool asks, on a connection by which it was answered, for another path, another host or another port than its policy allows",
            at = Aim.OtherTenant,
            by = {Gate.Egress, Gate.NetworkPolicy},
            opened = "HttpTest.requestsAreMadeByProgramsThatKnowNothingOfItAndEachIsOnRecord")
    @Test
    void theNextRequestOfAConnectionIsHeldToTheRule(Tenant tenant) {
        itemsGranted(tenant);
        String here = sink.address() + ":" + Sink.PORT;
        String twice = "plain=yes host=" + sink.address() + " port=" + Sink.PORT + " path=/items/kept again=";

        ToolRun run = tenant.run(tool(
                "python",
                Scripts.of("tls.py"),
                twice + here + "/items/2",
                twice + here + "/admin",
                twice + sink.address() + ":" + Sink.OTHER_PORT + "/items/2",
                twice + "192.0.2.1:" + Sink.PORT + "/items/2"));

        assertThat(run.getStatus().result().stdout().lines())
                .as(said(run))
                .containsExactly("200 200", "200 403", "200 403", "200 403");
        String first = Sink.PORT + " GET /items/kept Host: " + here;
        assertThat(sink.asked()).containsExactly(first, Sink.PORT + " GET /items/2 Host: " + here, first, first, first);
        assertThat(sink.hits()).isEqualTo(4);
        assertThat(events(run, AuditResult.Allowed)).hasSize(5);
        assertThat(events(run, AuditResult.Denied))
                .extracting(AuditEvent::resource, event -> event.detail().get("reason"))
                .containsExactly(
                        tuple("http://" + here + "/admin", "RequestNotAllowed"),
                        tuple("http://" + sink.address() + ":" + Sink.OTHER_PORT + "/items/2", "HostNotAllowed"),
                        tuple("http://192.0.2.1:" + Sink.PORT + "/items/2", "HostNotAllowed"));
    }

    @Withstands(
            value =
                    "a server that a tool may ask redirects it to the clouds' metadata, in several spellings, to the API server or to a service of the cluster",
            at = Aim.OtherTenant,
            by = {Gate.Box, Gate.Egress, Gate.NetworkPolicy},
            opened = "HttpTest.requestsAreMadeByProgramsThatKnowNothingOfItAndEachIsOnRecord")
    @Test
    void aRedirectLeadsNowhereElse(Tenant tenant) {
        // Given a name that leads somewhere by now, and any name, so that it is not the name that is refused
        granted(
                tenant,
                rule("host: " + sink.name("other"), Sink.PORT, ", protocol: tcp"),
                rule("cidr: " + sink.address() + "/32", Sink.PORT, ", protocol: tcp"));
        ToolRun known = tenant.run(
                tool("python", Scripts.of("connect.py"), "patient tcp " + sink.name("other") + " " + Sink.PORT));
        assertThat(known.getStatus().result().stdout()).as(said(known)).endsWith(": echo\n");
        long before = sink.hits();
        granted(
                tenant,
                rule("cidr: " + sink.address() + "/32", Sink.PORT, ", protocol: http"),
                rule("host: \"*\"", 80, ", protocol: http"));
        List<String> places = List.of(
                "169.254.169.254",
                "2852039166",
                "0xa9.0xfe.0xa9.0xfe",
                "kubernetes.default.svc.cluster.local",
                sink.name("other"));

        ToolRun run = tenant.run(tool(
                "bash",
                Stream.concat(
                                Stream.of(
                                        "for place in \"$@\"; do curl -sfL --max-time 30 -o /dev/null \"$0?http://$place/\" && echo reached || echo $?; done",
                                        "http://" + sink.address() + ":" + Sink.PORT + "/redirect"),
                                places.stream())
                        .toArray(String[]::new)));

        assertThat(run.getStatus().result().stdout().lines())
                .as(said(run))
                .hasSize(places.size())
                .doesNotContain("reached");
        assertThat(sink.asked()).hasSize(places.size()).allMatch(line -> line.contains("/redirect?"));
        assertThat(sink.hits() - before).isEqualTo(places.size());
        assertThat(events(run, AuditResult.Denied))
                .extracting(AuditEvent::resource)
                .contains("169.254.169.254:80", "kubernetes.default.svc.cluster.local:80", sink.name("other") + ":80");
    }

    @Test
    void soMuchPassesAndNoMore(Tenant tenant) {
        tenant.policy(
                Tenant.POLICY,
                (POLICY.formatted(rule("cidr: " + sink.address() + "/32", Sink.PORT, ", protocol: http"))
                        .replace("timeout: 300s", "timeout: 300s, network: {connections: 4, requests: 3}")));
        String get = "GET / HTTP/1.1|Host: " + sink.address() + ":" + Sink.PORT + "||";

        ToolRun run = tenant.run(
                tool("python", Scripts.of("requests.py"), sink.address() + " " + Sink.PORT, get, get, get, get, get));

        assertThat(run.getStatus().result().stdout().lines())
                .as(said(run))
                .containsExactly(
                        "HTTP/1.1 200 OK",
                        "HTTP/1.1 200 OK",
                        "HTTP/1.1 200 OK",
                        "HTTP/1.1 403 Forbidden",
                        "HTTP/1.1 403 Forbidden");
        assertThat(sink.asked()).hasSize(3);
        assertThat(run.getStatus().effective().limits().network().requests()).isEqualTo(3);
        assertThat(run.getStatus().effective().limits().network().connections()).isEqualTo(4);
        assertThat(events(run, AuditResult.Denied))
                .hasSize(2)
                .allSatisfy(event -> assertThat(event.detail())
                        .containsEntry("reason", "NetworkLimitReached")
                        .containsEntry(
                                "message", "the run has had its 3 requests, the most that limits.network allows"));

        // And by connections, of which another policy allows fewer
        tenant.policy(
                "narrow",
                (POLICY.formatted(rule("cidr: " + sink.address() + "/32", Sink.PORT, ", protocol: tcp"))
                        .replace("timeout: 300s", "timeout: 300s, network: {connections: 2}")));
        String place = "tcp " + sink.address() + " " + Sink.PORT;
        ToolRun other = tenant.run(
                tool("python", Scripts.of("connect.py"), place, place, place).withPolicy("narrow"));
        assertThat(other.getStatus().result().stdout().lines())
                .as(said(other))
                .containsExactly(place + ": echo", place + ": echo", place + ": reset");
        assertThat(sink.hits()).isEqualTo(5);
        assertThat(events(other, AuditResult.Denied))
                .singleElement()
                .satisfies(event -> assertThat(event.detail()).containsEntry("limit", "connections"));

        // And by bytes: two words pass whole, and nothing of the third one
        ToolRun up = words(tenant, "bytesUp", place);
        assertThat(exceeded(up)).isEqualTo("send bytesUp");
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(sink.received(Sink.PORT)).endsWith(5, 5, 0));
        ToolRun down = words(tenant, "bytesDown", place);
        assertThat(exceeded(down)).isEqualTo("receive bytesDown");
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(sink.received(Sink.PORT)).endsWith(5, 5, 0, 5, 5, 5));
    }

    /** Sends a word of five bytes to a server that echoes it, three times, where ten bytes may pass. */
    private ToolRun words(Tenant tenant, String limit, String place) {
        tenant.policy(
                "short",
                (POLICY.formatted(rule("cidr: " + sink.address() + "/32", Sink.PORT, ", protocol: tcp"))
                        .replace("timeout: 300s", "timeout: 300s, network: {" + limit + ": 10}")));
        ToolRun run = tenant.run(
                tool("python", Scripts.of("connect.py"), place, place, place).withPolicy("short"));
        assertThat(run.getStatus().result().stdout().lines())
                .as(said(run))
                .containsExactly(place + ": echo", place + ": echo", place + ": reset");
        return run;
    }

    /** What could not be done any more, and by which limit. */
    private static String exceeded(ToolRun run) {
        return events(run, AuditResult.Denied).stream()
                .map(event -> event.action() + " " + event.detail().get("limit"))
                .collect(Collectors.joining(", "));
    }

    private void itemsGranted(Tenant tenant) {
        String requests = ", protocol: http, http: {methods: [GET], paths: [\"/items/*\"]}";
        granted(tenant, rule("cidr: " + sink.address() + "/32", Sink.PORT, requests));
    }

    private static void granted(Tenant tenant, String... rules) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(String.join(", ", rules)));
    }

    private static String rule(String place, int port, String protocol) {
        return "{%s, port: %d%s}".formatted(place, port, protocol);
    }

    private static String said(ToolRun run) {
        return run.getStatus().result().stdout() + run.getStatus().result().stderr();
    }

    private static List<AuditEvent> events(ToolRun run, AuditResult result) {
        return GatewayEvents.of(run, AuditEventType.NetworkAccess, result);
    }
}
