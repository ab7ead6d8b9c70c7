package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.Permissions;
import dev.cofferdam.api.v1alpha1.SandboxPolicySpec;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.Ranges;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds of every policy, every request and every order. The vocabulary is small, so that rules and requests meet. */
class PermissionsProperties {
    private static final List<String> HOSTS = List.of(
            "a.example.com",
            "b.example.com",
            "example.com",
            "x.a.example.com",
            "*.example.com",
            "*.a.example.com",
            "*");
    private static final List<String> BLOCKS = List.of(
            "10.0.0.0/8",
            "10.1.0.0/16",
            "140.82.0.0/16",
            "0.0.0.0/0",
            "::/0",
            "fd00::/8",
            "169.254.0.0/16",
            "2606:50c0::/32");
    private static final List<String> URIS = List.of(
            "fs:///workspace/**",
            "fs://a",
            "fs://a/*",
            "fs://a/**/c",
            "fs:///**/c",
            "fs:///",
            "fs://*.py",
            "fs:///etc");
    private static final List<String> ADDRESSES = List.of(
            "140.82.112.5", "10.1.2.3", "127.0.0.1", "169.254.169.254", "2606:50c0::1", "fd00::1", "64:ff9b::a00:1");

    private sealed interface Request {
        record Connection(Destination to, List<Address> resolved) implements Request {}

        record File(String path, StorageAccess access) implements Request {}
    }

    @Property
    void anAddedDenyOrARemovedAllowNeverAllowsMore(
            @ForAll("rules") List<Rule> rules, @ForAll("rules") List<Rule> more, @ForAll("requests") Request request) {
        List<Rule> stricter = new ArrayList<>(rules);
        for (Rule rule : more) {
            if (rule.allow()) {
                stricter.remove(rule);
            } else {
                stricter.add(rule);
            }
        }

        if (isAllowed(compile(stricter), request)) {
            assertThat(isAllowed(compile(rules), request) || !isCompiled(rules)).isTrue();
        }
    }

    @Property
    void orderNeverMatters(@ForAll("rules") List<Rule> rules, @ForAll long seed) {
        List<Rule> shuffled = new ArrayList<>(rules);
        Collections.shuffle(shuffled, new Random(seed));

        if (compile(rules) instanceof Compilation.Compiled compiled) {
            assertThat(compile(shuffled)).isEqualTo(compiled);
        } else {
            assertThat(compile(shuffled)).isInstanceOf(Compilation.Refused.class);
        }
    }

    @Property
    void whatIsPrintedCompilesToTheSame(@ForAll("rules") List<Rule> rules) {
        if (compile(rules) instanceof Compilation.Compiled compiled) {
            SandboxPolicySpec printed = PolicyPrinter.print(compiled.policy());

            assertThat(Policies.compile(printed)).isEqualTo(compiled);
            assertThat(compiled.version()).isEqualTo(PolicyVersion.of(1, printed));
        }
    }

    @Property
    void anAnswerDependsOnWhatIsAskedAlone(@ForAll("rules") List<Rule> rules, @ForAll("requests") Request request) {
        if (compile(rules) instanceof Compilation.Compiled compiled
                && compile(rules) instanceof Compilation.Compiled again) {
            assertThat(answer(compiled.policy().grants(), request))
                    .isEqualTo(answer(again.policy().grants(), request));
            assertThat(answer(compiled.policy().grants(), request))
                    .isEqualTo(answer(compiled.policy().grants(), request));
        }
    }

    @Property
    void capabilitiesNeverAllowMore(
            @ForAll("rules") List<Rule> rules,
            @ForAll("requests") Request request,
            @ForAll("capabilities") List<String> capabilities) {
        if (compile(rules) instanceof Compilation.Compiled compiled) {
            Grants grants = compiled.policy().grants();
            List<Excess> excess = new ArrayList<>();
            Grants narrowed = new Scope(grants, Served.ALL).narrow("spec.capabilities", capabilities, excess);

            assertThat(answer(grants, request).isAllowed()
                            || !answer(narrowed, request).isAllowed())
                    .isTrue();
            if (request instanceof Request.File file) {
                boolean listed =
                        narrowed.storage().decide(file.path(), file.access()).isAllowed();
                boolean allowed = answer(narrowed, request).isAllowed();
                assertThat(excess.isEmpty() ? listed == allowed : allowed || !listed)
                        .isTrue();
            }
        }
    }

    @Property
    void nothingOpensTheFloorOrAPrivateRangeByName(
            @ForAll("rules") List<Rule> rules, @ForAll("requests") Request request) {
        if (request instanceof Request.Connection connection
                && compile(rules) instanceof Compilation.Compiled compiled
                && answer(compiled.policy().grants(), request).isAllowed()) {
            assertThat(connection.resolved()).noneMatch(Floor.EVERYWHERE::holds);
            boolean privately = connection.resolved().stream().anyMatch(Ranges::isSpecial);
            assertThat(!privately
                            || rules.stream()
                                    .anyMatch(rule ->
                                            rule.allow() && rule.fields().containsKey("cidr")))
                    .isTrue();
        }
    }

    /** A rule of network or storage. */
    record Rule(String section, boolean allow, Map<String, Object> fields) {}

    @Provide
    Arbitrary<List<Rule>> rules() {
        Arbitrary<Map<String, Object>> ports = Arbitraries.maps(
                        Arbitraries.of("ports", "protocol"), Arbitraries.of(1, 2))
                .ofMaxSize(2)
                .map(chosen -> {
                    Map<String, Object> fields = new TreeMap<>();
                    chosen.forEach((key, which) -> fields.put(
                            key,
                            key.equals("ports")
                                    ? (which == 1 ? List.of(443) : List.of("80-443", 5432))
                                    : (which == 1 ? "https" : "tcp")));
                    if ("tcp".equals(fields.get("protocol"))) {
                        fields.putIfAbsent("ports", List.of(5432));
                    }
                    return fields;
                });
        Arbitrary<Rule> hosts = Combinators.combine(Arbitraries.of(HOSTS), Arbitraries.of(true, false), ports)
                .as((host, allow, fields) -> new Rule("network", allow, with(fields, "host", host)));
        Arbitrary<Rule> blocks = Combinators.combine(Arbitraries.of(BLOCKS), Arbitraries.of(true, false), ports)
                .as((cidr, allow, fields) -> new Rule("network", allow, with(fields, "cidr", cidr)));
        Arbitrary<Rule> files = Combinators.combine(
                        Arbitraries.of(URIS),
                        Arbitraries.of(true, false),
                        Arbitraries.of(List.of("read"), List.of("write"), List.of("read", "write")))
                .as((uri, allow, access) -> new Rule("storage", allow, Map.of("uri", uri, "access", access)));
        return Arbitraries.oneOf(hosts, blocks, files).list().ofMaxSize(8);
    }

    @Provide
    Arbitrary<Request> requests() {
        Arbitrary<Request> connections = Combinators.combine(
                        Arbitraries.of(
                                "a.example.com", "x.a.example.com", "example.com", "other.example", "B.example.com."),
                        Arbitraries.of(443, 80, 5432),
                        Arbitraries.of(NetworkProtocol.Http, NetworkProtocol.Https, NetworkProtocol.Tcp),
                        Arbitraries.of(ADDRESSES).list().ofMaxSize(2))
                .as((host, port, protocol, addresses) -> new Request.Connection(
                        new Destination(host, port, protocol),
                        addresses.stream()
                                .map(text -> Address.parse(text).orElseThrow())
                                .toList()));
        Arbitrary<Request> files = Combinators.combine(
                        Arbitraries.of(
                                "/workspace/a",
                                "/workspace/a/b",
                                "/workspace/a/b/c",
                                "/etc/passwd",
                                "/workspace/x.py",
                                "/"),
                        Arbitraries.of(StorageAccess.Read, StorageAccess.Write))
                .as(Request.File::new);
        return Arbitraries.oneOf(connections, files);
    }

    @Provide
    Arbitrary<List<String>> capabilities() {
        return Arbitraries.of(
                        "FILE_READ(a/**)",
                        "fs_read",
                        "fs_write(a)",
                        "NETWORK_CONNECT(*.example.com:443)",
                        "NETWORK_CONNECT",
                        "net_http",
                        "NETWORK_CONNECT(10.0.0.0/8)")
                .list()
                .ofMaxSize(3);
    }

    private static Map<String, Object> with(Map<String, Object> fields, String key, Object value) {
        Map<String, Object> more = new TreeMap<>(fields);
        more.put(key, value);
        return more;
    }

    private static boolean isCompiled(List<Rule> rules) {
        return compile(rules) instanceof Compilation.Compiled;
    }

    private static Compilation compile(List<Rule> rules) {
        Map<String, Object> sections = new TreeMap<>();
        for (String section : List.of("network", "storage")) {
            sections.put(section, Map.of("allow", fields(rules, section, true), "deny", fields(rules, section, false)));
        }
        return Policies.compile(new SandboxPolicySpec(
                null,
                null,
                null,
                null,
                null,
                new Permissions(null, null, null, null, null, null, sections),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null));
    }

    private static List<Map<String, Object>> fields(List<Rule> rules, String section, boolean allow) {
        return rules.stream()
                .filter(rule -> rule.section().equals(section) && rule.allow() == allow)
                .map(Rule::fields)
                .toList();
    }

    private static boolean isAllowed(Compilation compilation, Request request) {
        return compilation instanceof Compilation.Compiled compiled
                && answer(compiled.policy().grants(), request).isAllowed();
    }

    private static Answer answer(Grants grants, Request request) {
        return switch (request) {
            case Request.Connection connection ->
                grants.connect(connection.to(), connection.resolved(), Floor.EVERYWHERE);
            case Request.File file -> grants.access(file.path(), file.access());
        };
    }
}
