package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.GrantedNetwork;
import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.policy.Connections.Verdict;
import dev.cofferdam.policy.match.Address;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules whose TLS ends at the gateway. */
class InspectionTest {
    private static final String ALL = "{host: a.example.com, protocol: https, inspect: true}";
    private static final String READS =
            "{host: a.example.com, protocol: https, inspect: true, http: {methods: [GET], paths: [\"/repos/**\"]}}";
    private static final String UNREAD = "{host: a.example.com, protocol: https}";
    private static final List<Address> PUBLIC =
            List.of(Address.parse("140.82.112.5").orElseThrow());
    private static final List<Address> PRIVATE =
            List.of(Address.parse("10.1.2.3").orElseThrow());

    @Test
    void requestsAreHeldAndTheGrantSaysSo() {
        Connections some = after(READS, READS);
        assertThat(some.connect("a.example.com", 443, PUBLIC, Floor.EVERYWHERE))
                .isEqualTo(new Verdict.Allowed(Set.of(NetworkProtocol.Https)));
        assertThat(some.inspects("A.example.com.", 443)).isTrue();
        assertThat(some.inspects("a.example.com", 444)).isFalse();
        assertThat(some.inspects("b.example.com", 443)).isFalse();
        assertThat(request(some, PUBLIC, "GET", "/repos/a")).isTrue();
        assertThat(request(some, PUBLIC, "POST", "/repos/a")).isFalse();
        assertThat(request(some, PUBLIC, "GET", "/repos/../admin")).isFalse();
        assertThat(request(after(ALL, ALL), PUBLIC, "POST", "/anything")).isTrue();

        GrantedNetwork granted = effective(READS).network().getFirst();
        assertThat(granted.inspect()).isTrue();
        assertThat(granted.ports()).containsExactly("443");
        assertThat(granted.http().methods()).containsExactly("GET");
        assertThat(effective(UNREAD).network().getFirst().inspect()).isNull();
    }

    /** A rule about a range says which private addresses may be reached, and is no way around what is read. */
    @Test
    void aRangeOpensAddressesAndNotRequests() {
        for (String protocol : List.of("https", "tcp")) {
            String both = READS + ", {cidr: 10.1.0.0/16, port: 443, protocol: " + protocol + "}";
            Connections some = after(both, both);
            assertThat(some.connect("a.example.com", 443, PRIVATE, Floor.EVERYWHERE))
                    .isEqualTo(new Verdict.Allowed(Set.of(NetworkProtocol.Https)));
            assertThat(request(some, PRIVATE, "GET", "/repos/a")).isTrue();
            assertThat(request(some, PRIVATE, "POST", "/repos/a")).isFalse();
            assertThat(some.inspects("10.1.2.3", 443)).isFalse();
            assertThat(some.greet("10.1.2.3", 443, NetworkProtocol.Https, "a.example.com", PRIVATE, Floor.EVERYWHERE))
                    .isInstanceOf(Verdict.Denied.class);
            assertThat(some.greet("10.1.2.3", 443, NetworkProtocol.Https, "b.example.com", PRIVATE, Floor.EVERYWHERE))
                    .isInstanceOf(Verdict.Allowed.class);
        }
        assertThat(after(READS, READS).connect("a.example.com", 443, PRIVATE, Floor.EVERYWHERE))
                .isInstanceOf(Verdict.Denied.class);
    }

    @Test
    void anEditTakesAwayAndGivesNothing() {
        Connections fewer = after(ALL, READS);
        assertThat(request(fewer, PUBLIC, "POST", "/repos/a")).isFalse();
        assertThat(fewer.revoked()).containsExactly("a.example.com:443/https *");

        Connections read = after(UNREAD, ALL);
        assertThat(read.inspects("a.example.com", 443)).isTrue();
        assertThat(read.revoked()).containsExactly("a.example.com:443/https");

        Connections unread = after(READS, UNREAD);
        assertThat(unread.inspects("a.example.com", 443)).isTrue();
        assertThat(request(unread, PUBLIC, "POST", "/repos/a")).isFalse();
        assertThat(request(unread, PUBLIC, "GET", "/repos/a")).isTrue();
        assertThat(unread.revoked()).isEmpty();

        assertThat(after(READS, "{host: b.example.com}").connect("a.example.com", 443, PUBLIC, Floor.EVERYWHERE))
                .isInstanceOf(Verdict.Denied.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "allow: [{host: a.com, inspect: true}]",
                "allow: [{host: a.com, protocol: http, inspect: true}]",
                "allow: [{host: a.com, port: 443, protocol: tcp, inspect: true}]",
                "allow: [{cidr: 203.0.113.0/24, port: 443, protocol: https, inspect: true}]",
                "deny: [{host: a.com, port: 443, protocol: https, inspect: true}]",
                "allow: [{host: a.com, protocol: https, inspect: false, http: {methods: [GET]}}]",
                "allow: [{host: a.com, protocol: https, inspect: true}, {host: a.com, protocol: https}]",
                "allow: [{host: a.com, protocol: https, inspect: true}, {host: a.com}]",
                "allow: [{host: a.com, protocol: https, inspect: true}, {host: \"*.com\", protocol: https}]",
                "allow: [{host: a.com, protocol: https, inspect: true}, {host: \"*\", ports: [\"1-1000\"], protocol: tcp}]",
                "allow: [{host: \"*.b.com\", protocol: https, inspect: true}, {host: a.b.com, protocol: https}]",
                "allow: [{host: a.com, protocol: https, inject: {credential: c}}]",
                "allow: [{host: a.com, protocol: http, inject: {credential: c}}]"
            })
    void whatWouldBeHeldOtherwiseThanItReadsIsRefused(String rules) {
        assertThat(Policies.compile("spec: {permissions: {network: {" + rules + "}}}"))
                .isInstanceOfSatisfying(
                        Compilation.Refused.class,
                        refused -> assertThat(refused.problems())
                                .anySatisfy(
                                        problem -> assertThat(problem.message()).contains("inspect")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{credential: C}",
                "{credential: \"\"}",
                "{}",
                "{credential: a/b}",
                "{credential: c, header: Host}",
                "{credential: c, header: Content-Length}",
                "{credential: c, header: Proxy-Authorization}",
                "{credential: c, header: \"X Y\"}",
                "{credential: c, header: X-HTTP-Method-Override}",
                "{credential: c, value: x}"
            })
    void whatCannotBeAddedIsRefusedByName(String inject) {
        assertThat(Policies.compile(
                        "spec: {permissions: {network: {allow: [{host: a.com, protocol: https, inspect: true, inject: "
                                + inject + "}]}}}"))
                .isInstanceOfSatisfying(
                        Compilation.Refused.class,
                        refused -> assertThat(refused.problems())
                                .allSatisfy(
                                        problem -> assertThat(problem.path()).contains(".inject")));
    }

    @Test
    void aCredentialIsOneForAPlaceAndIsNotGivenByAnEdit() {
        String with =
                "{host: a.example.com, protocol: https, inspect: true, inject: {credential: c, header: X-Api-Key}}";
        Credential credential = new Credential("c", "x-api-key");
        assertThat(after(with, with).credential("A.example.com.", 443)).contains(credential);
        assertThat(after(with, with).credential("a.example.com", 444)).isEmpty();
        assertThat(after(with, with).stillAdds(credential, "a.example.com", 443))
                .isTrue();
        assertThat(after(with, ALL).stillAdds(credential, "a.example.com", 443)).isFalse();
        assertThat(after(with, ALL).revoked()).containsExactly("a.example.com:443/https * with x-api-key=c");
        assertThat(after(with, with.replace("X-Api-Key", "Authorization")).stillAdds(credential, "a.example.com", 443))
                .isFalse();
        assertThat(after(ALL, with).credential("a.example.com", 443)).isEmpty();
        assertThat(effective(with).network().getFirst().inject().header()).isEqualTo("x-api-key");
        assertThat(Policies.compile("spec: {permissions: {network: {allow: [" + with + ", " + ALL + "]}}}"))
                .isInstanceOf(Compilation.Refused.class);
        assertThat(version(with)).isNotEqualTo(version(ALL));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{host: a.com, protocol: https, inspect: true}, {host: a.com, protocol: http}",
                "{host: a.com, protocol: https, inspect: true}, {host: a.com, port: 8443, protocol: https}",
                "{host: a.com, protocol: https, inspect: true}, {host: \"*.com\", protocol: https, inspect: true, http: {methods: [GET]}}",
                "{host: a.com, protocol: https, inspect: true}, {cidr: 10.0.0.0/8, port: 443, protocol: https}",
                "{host: a.com, protocol: https, inspect: false}, {host: \"*.com\", protocol: https}"
            })
    void whatIsClearIsNot(String rules) {
        assertThat(Policies.compile("spec: {permissions: {network: {allow: [" + rules + "]}}}"))
                .isInstanceOf(Compilation.Compiled.class);
    }

    @Test
    void onlyWhatIsInspectedChangesTheDigest() {
        assertThat(version("{host: a.com, protocol: https, inspect: false}"))
                .isEqualTo(version("{host: a.com, protocol: https}"))
                .isNotEqualTo(version("{host: a.com, protocol: https, inspect: true}"));
    }

    private static String version(String rules) {
        return ((Compilation.Compiled) compiled(rules)).policy().version();
    }

    private static boolean request(Connections connections, List<Address> addresses, String method, String path) {
        return connections.request(
                        "a.example.com",
                        443,
                        NetworkProtocol.Https,
                        new HttpAccess(method, path, false, false),
                        addresses,
                        Floor.EVERYWHERE)
                instanceof Verdict.Allowed;
    }

    private static Effective effective(String rules) {
        return ((Ruling.Granted)
                        Decider.decide(Optional.of(compiled(rules)), Policies.run("{policyRef: {name: p}, tool: t}")))
                .effective();
    }

    /** A run that was granted the first, under a policy that has the second now. */
    private static Connections after(String claimed, String now) {
        return Connections.of(HandOut.job(
                Optional.of(compiled(now)), effective(claimed), Policies.run("{policyRef: {name: p}, tool: t}")));
    }

    private static Compilation compiled(String rules) {
        return Policies.compile(
                "spec: {tools: [{name: t, image: i, command: [x]}], permissions: {network: {allow: [" + rules + "]}}}");
    }
}
