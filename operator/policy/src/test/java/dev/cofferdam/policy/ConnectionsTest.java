package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.policy.Connections.Verdict;
import dev.cofferdam.policy.match.Address;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Where a running tool may connect to: within what it was granted, and within what is granted now. */
class ConnectionsTest {
    private static final String HTTPS = "{host: a.example.com, port: 443, protocol: https}";
    private static final String TCP = "{cidr: 203.0.113.0/24, ports: [5432, \"6000-6010\"], protocol: tcp}";
    private static final List<Address> PUBLIC =
            List.of(Address.parse("140.82.112.5").orElseThrow());

    @Test
    void aRuleSaysWhatTheStreamMustBe() {
        Connections both = after(HTTPS + ", " + TCP, HTTPS + ", " + TCP);

        assertThat(connect(both, "a.example.com", 443)).isEqualTo(new Verdict.Allowed(Set.of(NetworkProtocol.Https)));
        assertThat(connect(both, "203.0.113.9", 6005))
                .isEqualTo(
                        new Verdict.Allowed(Set.of(NetworkProtocol.Tcp, NetworkProtocol.Https, NetworkProtocol.Http)));
        assertThat(connect(both, "a.example.com", 444)).isInstanceOf(Verdict.Denied.class);
        assertThat(connect(both, "203.0.114.1", 5432)).isInstanceOf(Verdict.Denied.class);
        assertThat(both.revoked()).isEmpty();
    }

    @Test
    void whatIsTakenAwayIsClosedAndNamed() {
        Connections less = after(HTTPS + ", " + TCP, "{cidr: 203.0.113.0/24, port: 5432, protocol: tcp}");

        assertThat(connect(less, "a.example.com", 443)).isInstanceOf(Verdict.Denied.class);
        assertThat(connect(less, "203.0.113.9", 6000)).isInstanceOf(Verdict.Denied.class);
        assertThat(connect(less, "203.0.113.9", 5432)).isInstanceOf(Verdict.Allowed.class);
        assertThat(less.revoked()).containsExactlyInAnyOrder("203.0.113.0/24:6000-6010/tcp", "a.example.com:443/https");
    }

    /** In the words in which {@link #whatIsTakenAwayIsClosedAndNamed} has them. */
    @Test
    void whatIsLetThroughIsSoByEachRuleThatFits() {
        String all = HTTPS + ", {host: \"*.example.com\", ports: [443, 8443], protocol: https}, " + READS
                + ", {host: db.example.com, port: 5432, protocol: tcp}, {cidr: 10.0.0.0/8, ports: [5432, \"6000-6010\"], protocol: tcp}"
                + ", {cidr: 0.0.0.0/0, port: 5432, protocol: tcp}";
        Connections by = after(all, HTTPS);

        assertThat(rules(by, "A.example.com.", 443, NetworkProtocol.Https))
                .containsExactly("*.example.com:443,8443/https", "a.example.com:443/https");
        assertThat(rules(by, "b.example.com", 8443, NetworkProtocol.Https))
                .containsExactly("*.example.com:443,8443/https");
        assertThat(rules(by, "db.example.com", 5432, NetworkProtocol.Tcp))
                .containsExactly("0.0.0.0/0:5432/tcp", "db.example.com:5432/tcp");
        // A range of everything does not open a private address.
        assertThat(rules(by, "db.example.com", 5432, NetworkProtocol.Tcp, "10.1.2.3"))
                .containsExactly("10.0.0.0/8:5432,6000-6010/tcp", "db.example.com:5432/tcp");
        assertThat(rules(by, "10.1.2.3", 6001, NetworkProtocol.Http)).containsExactly("10.0.0.0/8:5432,6000-6010/tcp");
        assertThat(rules(by, "10.1.2.3", 443, NetworkProtocol.Https)).isEmpty();
        assertThat(rules(by, "a.example.com", 443, NetworkProtocol.Tcp)).isEmpty();
        for (String method : List.of("GET", "POST")) {
            assertThat(by.rules(
                            "a.example.com",
                            8080,
                            NetworkProtocol.Http,
                            Optional.of(new HttpAccess(method, "/exact", false, false)),
                            PUBLIC))
                    .isEqualTo(
                            method.equals("GET")
                                    ? List.of("a.example.com:8080/http GET,HEAD /exact /repos/** /v1/*.json")
                                    : List.of());
        }
        assertThat(rules(Connections.none(List.of()), "a.example.com", 443, NetworkProtocol.Https))
                .isEmpty();
    }

    private static List<String> rules(
            Connections by, String host, int port, NetworkProtocol protocol, String... addresses) {
        List<Address> resolved = addresses.length == 0
                ? PUBLIC
                : List.of(addresses).stream()
                        .map(address -> Address.parse(address).orElseThrow())
                        .toList();
        return by.rules(host, port, protocol, Optional.empty(), resolved);
    }

    @Test
    void whatIsAddedIsNotGiven() {
        Connections more = after(TCP, TCP + ", " + HTTPS + ", {cidr: 198.51.100.0/24, port: 5432, protocol: tcp}");

        assertThat(connect(more, "a.example.com", 443)).isInstanceOf(Verdict.Denied.class);
        assertThat(connect(more, "198.51.100.1", 5432)).isInstanceOf(Verdict.Denied.class);
        assertThat(more.revoked()).isEmpty();
    }

    @Test
    void aDenialThatIsAddedCloses() {
        Ruling.Granted claimed = claim("allow: [" + TCP + "]");
        Connections now = now(claimed, "allow: [" + TCP + "], deny: [{cidr: 203.0.113.8/32}]");

        assertThat(connect(now, "203.0.113.8", 5432)).isInstanceOf(Verdict.Denied.class);
        assertThat(connect(now, "203.0.113.9", 5432)).isInstanceOf(Verdict.Allowed.class);
        assertThat(now.revoked()).contains("denied: 203.0.113.8/32:1-65535/tcp");
    }

    @Test
    void aServerIsGreetedByTheNameThatWasConnectedTo() {
        Connections now = after(HTTPS + ", " + TCP, HTTPS + ", " + TCP);

        assertThat(greet(now, "a.example.com", "A.example.com.")).isInstanceOf(Verdict.Allowed.class);
        assertThat(greet(now, "a.example.com", "b.example.com")).isInstanceOf(Verdict.Denied.class);
        assertThat(greet(now, "a.example.com", "")).isInstanceOf(Verdict.Denied.class);
        assertThat(greet(now, "a.example.com", "a.example.com\0.evil.org")).isInstanceOf(Verdict.Denied.class);
    }

    @Test
    void withoutAProtocolAStreamIsEitherKindOfHttp() {
        String browsed = "{host: a.example.com, ports: [8080]}";
        Connections both = after(browsed, browsed);
        assertThat(connect(both, "a.example.com", 8080))
                .isEqualTo(new Verdict.Allowed(Set.of(NetworkProtocol.Http, NetworkProtocol.Https)));

        Connections plain = after(browsed, "{host: a.example.com, port: 8080, protocol: http}");
        assertThat(connect(plain, "a.example.com", 8080)).isEqualTo(new Verdict.Allowed(Set.of(NetworkProtocol.Http)));
        assertThat(plain.greet("a.example.com", 8080, NetworkProtocol.Http, "a.example.com", PUBLIC, Floor.EVERYWHERE))
                .isInstanceOf(Verdict.Allowed.class);
        assertThat(plain.greet("a.example.com", 8080, NetworkProtocol.Https, "a.example.com", PUBLIC, Floor.EVERYWHERE))
                .isInstanceOf(Verdict.Denied.class);
        assertThat(plain.revoked()).containsExactly("a.example.com:8080/https");
    }

    private static final String READS =
            "{host: a.example.com, port: 8080, protocol: http, http: {methods: [HEAD, GET], paths: [\"/repos/**\", \"/v1/*.json\", \"/exact\"]}}";

    @Test
    void someRequestsAreAllowedAndNoOthers() {
        Connections some = after(READS, READS);
        assertThat(connect(some, "a.example.com", 8080)).isEqualTo(new Verdict.Allowed(Set.of(NetworkProtocol.Http)));
        for (String path : List.of(
                "/repos", "/repos/", "/repos/a", "/repos/a/b%20c", "/repos/%e4", "/v1/x.json", "/v1/.json", "/exact")) {
            assertThat(request(some, "GET", path)).as(path).isTrue();
        }
        for (String path : List.of(
                "/",
                "/reposx",
                "/Repos/a",
                "/v1/x/y.json",
                "/v1/x.json/",
                "/exact/",
                "/exact/below",
                "/repos/../admin",
                "/repos/./a",
                "/repos//a",
                "//repos/a",
                "/repos/%2e%2e/admin",
                "/repos/.%2e/admin",
                "/repos%2fa",
                "/repos/a%2F..%2Fb",
                "/repos/%5c..",
                "/repos/..\\admin",
                "/repos;x=y/a",
                "/repos/a;x",
                "/repos/%3bx",
                "/repos/%00",
                "/repos/%0a",
                "/repos/%61",
                "/repos/%",
                "/repos/%4",
                "/repos/%zz",
                "/repos/%25",
                "/repos/a|b",
                "repos/a",
                "*",
                "")) {
            assertThat(request(some, "GET", path)).as(path).isFalse();
        }
        assertThat(request(some, "POST", "/exact")).isFalse();
        assertThat(request(some, "get", "/exact")).isFalse();
        for (HttpAccess other :
                List.of(new HttpAccess("GET", "/exact", true, false), new HttpAccess("GET", "/exact", false, true))) {
            assertThat(some.request("a.example.com", 8080, NetworkProtocol.Http, other, PUBLIC, Floor.EVERYWHERE))
                    .isInstanceOf(Verdict.Denied.class);
        }
    }

    /** The order of rules plays no part: what one of them allows is allowed. */
    @Test
    void whoeverAllowsAllRequestsAllowsThese() {
        String all = "{host: \"*.example.com\", port: 8080, protocol: http}";
        assertThat(request(after(READS + ", " + all, all + ", " + READS), "POST", "/repos/../admin"))
                .isTrue();
        String posts = "{host: a.example.com, port: 8080, protocol: http, http: {methods: [POST], paths: [/post]}}";
        Connections two = after(READS + ", " + posts, READS + ", " + posts);
        assertThat(request(two, "POST", "/post")).isTrue();
        assertThat(request(two, "GET", "/post")).isFalse();
        assertThat(request(two, "POST", "/exact")).isFalse();
    }

    @Test
    void requestsThatAreTakenAwayAreNamedAndNoneIsGiven() {
        String fewer = READS.replace("HEAD, GET", "HEAD");
        Connections less = after(READS, fewer);
        assertThat(request(less, "GET", "/exact")).isFalse();
        assertThat(less.revoked()).containsExactly("a.example.com:8080/http GET,HEAD /exact /repos/** /v1/*.json");
        String all = "{host: a.example.com, port: 8080, protocol: http}";
        assertThat(request(after(READS, all), "POST", "/exact")).isFalse();
        assertThat(after(READS, all).revoked()).isEmpty();
        assertThat(after(all, READS).revoked()).containsExactly("a.example.com:8080/http");
    }

    @Test
    void requestsThatCannotBeHeldAreRefusedByName() {
        for (String rule : List.of(
                "{host: a.com, port: 443, protocol: https, http: {methods: [GET]}}",
                "{host: a.com, http: {methods: [GET]}}",
                "{host: a.com, port: 1, protocol: tcp, http: {methods: [GET]}}",
                "{host: a.com, protocol: http, http: {}}",
                "{host: a.com, protocol: http, http: {methods: [get]}}",
                "{host: a.com, protocol: http, http: {methods: [CONNECT]}}",
                "{host: a.com, protocol: http, http: {paths: [x]}}",
                "{host: a.com, protocol: http, http: {paths: [/a/../b]}}",
                "{host: a.com, protocol: http, http: {paths: [/a//b]}}",
                "{host: a.com, protocol: http, http: {paths: [/a%20b]}}",
                "{host: a.com, protocol: http, http: {paths: [/a**]}}",
                "{host: a.com, protocol: http, http: {paths: [\"/a?b\"]}}",
                "{host: a.com, protocol: http, http: {path: [/a]}}")) {
            assertThat(problems("allow: [" + rule + "]")).as(rule).isNotEmpty();
        }
        assertThat(problems("deny: [{host: a.com, protocol: http, http: {methods: [GET]}}]"))
                .isNotEmpty();
    }

    private static boolean request(Connections connections, String method, String path) {
        return connections.request(
                        "a.example.com",
                        8080,
                        NetworkProtocol.Http,
                        new HttpAccess(method, path, false, false),
                        PUBLIC,
                        Floor.EVERYWHERE)
                instanceof Verdict.Allowed;
    }

    @Test
    void capabilitiesThatAreAboutSomethingElseLeaveNoNetwork() {
        Ruling.Granted granted = (Ruling.Granted) Decider.decide(
                Optional.of(compiled("allow: [" + HTTPS + "]")),
                Policies.run("{policyRef: {name: p}, tool: t, capabilities: [\"SECRET_ACCESS\"]}"));

        assertThat(granted.effective().network()).isEmpty();
        assertThat(granted.job().network().allow()).isEmpty();
        assertThat(connect(Connections.of(granted), "a.example.com", 443)).isInstanceOf(Verdict.Denied.class);
    }

    @Test
    void aRunThatMustStopConnectsNowhere() {
        Ruling.Granted claimed = claim("allow: [" + TCP + "]");
        Connections none = Connections.of(HandOut.job(Optional.empty(), claimed.effective(), RUN));

        assertThat(connect(none, "203.0.113.9", 5432)).isInstanceOf(Verdict.Denied.class);
        assertThat(none.revoked()).isEmpty();
    }

    @Test
    void whatCannotBeHeldIsRefusedByName() {
        assertThat(problems("allow: [{host: a.com, ports: [\"1-257\"], protocol: tcp}]"))
                .singleElement()
                .asString()
                .contains("257 different ports");
        assertThat(problems("allow: [{cidr: \"2001:db8::/32\", port: 443, protocol: tcp}]"))
                .singleElement()
                .asString()
                .contains("a range of IPv6");
        assertThat(problems("allow: [{host: a.com, port: 443, protocol: https}], deny: [{cidr: \"2001:db8::/32\"}]"))
                .isEmpty();
        StringBuilder many = new StringBuilder("allow: [");
        for (int at = 0; at < 65; at++) {
            many.append("{host: h").append(at).append(".com, port: 443, protocol: https},");
        }
        assertThat(problems(many + "]")).singleElement().asString().contains("65 rules");
        assertThat(problems("allow: [{host: a.com, ports: [\"1-256\"], protocol: tcp}]"))
                .isEmpty();
    }

    private static List<Problem> problems(String network) {
        return compiled(network) instanceof Compilation.Refused refused ? refused.problems() : List.of();
    }

    private static final ToolRunSpec RUN = Policies.run("{policyRef: {name: p}, tool: t}");

    private static Connections after(String claimed, String now) {
        return now(claim("allow: [" + claimed + "]"), "allow: [" + now + "]");
    }

    private static Connections now(Ruling.Granted claimed, String network) {
        return Connections.of(HandOut.job(Optional.of(compiled(network)), claimed.effective(), RUN));
    }

    private static Ruling.Granted claim(String network) {
        return (Ruling.Granted) Decider.decide(Optional.of(compiled(network)), RUN);
    }

    private static Compilation compiled(String network) {
        return Policies.compile(
                Policies.spec("spec: {tools: [{name: t, image: i, command: [c]}], permissions: {network: {" + network
                        + "}, secrets: {allow: [{name: a, secretKeyRef: {name: s, key: k}}]}}}"),
                Served.NOW);
    }

    private static Verdict connect(Connections connections, String host, int port) {
        return connections.connect(host, port, PUBLIC, Floor.EVERYWHERE);
    }

    private static Verdict greet(Connections connections, String host, String name) {
        return connections.greet(host, 443, NetworkProtocol.Https, name, PUBLIC, Floor.EVERYWHERE);
    }
}
