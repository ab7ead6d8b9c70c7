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
