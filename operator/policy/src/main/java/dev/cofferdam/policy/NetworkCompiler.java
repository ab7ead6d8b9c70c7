package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.HttpRequests;
import dev.cofferdam.api.v1alpha1.Injection;
import dev.cofferdam.api.v1alpha1.NetworkPermissions;
import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.NetworkRule;
import dev.cofferdam.policy.match.AddressBlock;
import dev.cofferdam.policy.match.HostPattern;
import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.PortRange;
import dev.cofferdam.policy.match.Ports;
import dev.cofferdam.policy.match.Target;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.policy.match.UrlPattern;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Where the tools may connect to, from what a policy says of it. */
final class NetworkCompiler {
    private static final int RULES_MOST = 1024;
    private static final int PORTS_MOST = 64;
    private static final Ports HTTP = Ports.of(80);
    private static final Ports HTTPS = Ports.of(443);

    private static final String AUTHORIZATION = "authorization";

    /** What the gateway says itself, or what servers and proxies read otherwise than as a credential. */
    private static final Set<String> OF_THE_MESSAGE = Set.of(
            "host",
            "connection",
            "content-length",
            "transfer-encoding",
            "keep-alive",
            "te",
            "trailer",
            "upgrade",
            "expect",
            "range",
            "if-range",
            "accept-encoding",
            "forwarded",
            "x-forwarded-host",
            "x-original-url",
            "x-original-uri",
            "x-rewrite-url",
            "x-http-method",
            "x-http-method-override",
            "x-method-override");

    private final Problems problems;

    NetworkCompiler(Problems problems) {
        this.problems = problems;
    }

    NetworkGrant compile(NetworkPermissions written) {
        problems.unknown(NetworkGrant.PATH, written.unknown(), "allow, deny");
        Map<Target, Reach> allow = rules(NetworkGrant.PATH + ".allow", written.allow(), true);
        Map<Target, Reach> deny = rules(NetworkGrant.PATH + ".deny", written.deny(), false);
        unambiguous(allow);
        Map<Target, Reach> explicit = new HashMap<>(deny);
        // Everything is denied that is not allowed: a rule that says so again is taken at its word, and cancels
        // nothing.
        explicit.entrySet()
                .removeIf(rule -> rule.getKey().isCatchAll() && rule.getValue().equals(Reach.ALL));
        if (explicit.size() < deny.size()) {
            allow.keySet().stream()
                    .filter(Target::isCatchAll)
                    .findFirst()
                    .ifPresent(all -> problems.add(
                            NetworkGrant.PATH,
                            "allows everything (" + Text.quoted(all.toString())
                                    + ") and denies everything; which one is meant would be a guess; remove one"));
        }
        return new NetworkGrant(new NetworkRules(allow), new NetworkRules(explicit));
    }

    /** What one rule has read, and another one lets through unread, would be neither. */
    private void unambiguous(Map<Target, Reach> allow) {
        Map<Target, Reach> inspecting = new TreeMap<>(Comparator.comparing(Target::toString));
        allow.forEach((target, reach) -> {
            if (!reach.inspected().isEmpty()) {
                inspecting.put(target, reach);
            }
        });
        inspecting.forEach((target, read) -> inspecting.forEach((other, reach) -> {
            if (target.toString().compareTo(other.toString()) <= 0
                    && (target.covers(other) || other.covers(target))
                    && addsOther(read, reach)) {
                problems.add(
                        NetworkGrant.PATH + ".allow",
                        "adds one credential to requests to " + Text.quoted(target.toString())
                                + ", and another one or none by a rule for " + Text.quoted(other.toString())
                                + "; which one is meant would be a guess; write the same inject in both, or have them name different ports or hosts");
            }
        }));
        inspecting.forEach((target, read) -> allow.forEach((other, reach) -> {
            Ports unread = reach.https().and(reach.tcp());
            if ((target.covers(other) || other.covers(target))
                    && read.inspectedPorts().ranges().stream().anyMatch(unread::meets)) {
                problems.add(
                        NetworkGrant.PATH + ".allow",
                        "inspects " + Text.quoted(target.toString())
                                + ", and lets connections there through unread by a rule for "
                                + Text.quoted(other.toString())
                                + "; which one is meant would be a guess; write inspect: true in both, or have them name different ports or hosts");
            }
        }));
    }

    private static boolean addsOther(Reach one, Reach other) {
        return one.inspected().entrySet().stream()
                .anyMatch(rule -> other.inspected().entrySet().stream()
                        .anyMatch(more ->
                                !rule.getKey().credential().equals(more.getKey().credential())
                                        && rule.getValue().ranges().stream().anyMatch(more.getValue()::meets)));
    }

    private Map<Target, Reach> rules(String path, List<NetworkRule> written, boolean allow) {
        problems.require(
                written.size() <= RULES_MOST, path, "has " + written.size() + " rules; write at most " + RULES_MOST);
        Map<Target, Reach> rules = new HashMap<>();
        for (int at = 0; at < written.size() && at < RULES_MOST; at++) {
            NetworkRule rule = written.get(at);
            String where = path + "[" + at + "]";
            problems.unknown(
                    where,
                    withoutDefaults(where, rule.unknown()),
                    "host, cidr, port, ports, protocol, http, inspect, inject");
            Optional<Target> target = target(where, rule);
            Optional<Reach> reach = reach(where, rule, allow);
            if (target.isPresent() && reach.isPresent()) {
                rules.merge(target.get(), reach.get(), Reach::and);
            }
        }
        return rules;
    }

    /** A Wassette file may name a long list of hosts, clouds with everybody's storage among them, by this one word. */
    private Map<String, Object> withoutDefaults(String where, Map<String, Object> unknown) {
        if (!unknown.containsKey("defaults")) {
            return unknown;
        }
        problems.add(
                where + ".defaults",
                "stands for a list of about 80 hosts, on many of which anybody may store anything, and is not served; write the hosts that are needed");
        Map<String, Object> rest = new HashMap<>(unknown);
        rest.remove("defaults");
        return rest;
    }

    private Optional<Target> target(String where, NetworkRule rule) {
        boolean host = !Text.absent(rule.host());
        boolean cidr = !Text.absent(rule.cidr());
        if (host == cidr) {
            if (rule.unknown().isEmpty() || host) {
                problems.add(
                        where,
                        host
                                ? "has a host and a cidr; write two rules"
                                : "has neither a host nor a cidr; write one of them");
            }
            return Optional.empty();
        }
        return host
                ? problems.take(where + ".host", HostPattern.parse(rule.host())).map(Target.class::cast)
                : problems.take(where + ".cidr", AddressBlock.parse(rule.cidr()))
                        .map(Target.class::cast);
    }

    private Optional<Reach> reach(String where, NetworkRule rule, boolean allow) {
        NetworkProtocol protocol = rule.protocol();
        if (protocol == NetworkProtocol.Unrecognized) {
            problems.add(where + ".protocol", "is a protocol that is not known here; write http, https or tcp");
            return Optional.empty();
        }
        Optional<Ports> ports = ports(where, rule);
        if (ports.isEmpty()) {
            return Optional.empty();
        }
        boolean inspect = Boolean.TRUE.equals(rule.inspect());
        problems.require(
                inspect || rule.inject() == null,
                where + ".inject",
                "adds to requests that nobody can read; write inspect: true, too, or leave inject out");
        if (inspect && !canInspect(where, rule, allow)) {
            return Optional.empty();
        }
        Optional<Credential> credential =
                rule.inject() == null ? Optional.empty() : credential(where + ".inject", rule.inject());
        if (rule.inject() != null && credential.isEmpty()) {
            return Optional.empty();
        }
        if (rule.http() != null) {
            return shape(where, rule, allow)
                    .map(shape -> inspect
                            ? Reach.of(
                                    new Inspection(shape, credential),
                                    ports.get().isNone() ? HTTPS : ports.get())
                            : Reach.of(shape, ports.get().isNone() ? HTTP : ports.get()));
        }
        if (inspect) {
            return Optional.of(Reach.of(
                    new Inspection(RequestShape.ALL, credential), ports.get().isNone() ? HTTPS : ports.get()));
        }
        if (!ports.get().isNone()) {
            return Optional.of(everywhere(protocol, ports.get(), allow));
        }
        if (!allow) {
            return Optional.of(everywhere(protocol, Ports.ALL, false));
        }
        if (protocol == NetworkProtocol.Tcp) {
            problems.add(where, "allows tcp without a port; write port, or ports");
            return Optional.empty();
        }
        return Optional.of(new Reach(
                protocol == NetworkProtocol.Https ? Ports.NONE : HTTP,
                protocol == NetworkProtocol.Http ? Ports.NONE : HTTPS,
                Ports.NONE));
    }

    private Optional<Credential> credential(String where, Injection written) {
        int before = problems.all().size();
        problems.unknown(where, written.unknown(), "credential, header");
        problems.require(
                Text.isLabel(written.credential()),
                where + ".credential",
                Text.quoted(written.credential())
                        + " is no name of a credential; write the one that the admin has declared: lower case letters, digits and '-'");
        String header =
                Text.absent(written.header()) ? AUTHORIZATION : written.header().toLowerCase(Locale.ROOT);
        problems.require(
                isField(header),
                where + ".header",
                Text.quoted(written.header())
                        + " is no field that a credential can be added as; write one such as Authorization or X-Api-Key, and none that says where a message ends or for whom it is");
        return problems.all().size() == before
                ? Optional.of(new Credential(written.credential(), header))
                : Optional.empty();
    }

    private static boolean isField(String header) {
        return header.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')
                && !header.startsWith("proxy-")
                && !OF_THE_MESSAGE.contains(header);
    }

    /** The gateway shows a certificate for the name that was connected to, so there must be one. */
    private boolean canInspect(String where, NetworkRule rule, boolean allow) {
        boolean can = allow && rule.protocol() == NetworkProtocol.Https && !Text.absent(rule.host());
        problems.require(
                can,
                where + ".inspect",
                "has TLS end at the gateway, which is possible only under allow, with a host and protocol: https; write these, or leave inspect out");
        return can;
    }

    /** Which requests a rule is about, where it can be held to them. */
    private Optional<RequestShape> shape(String where, NetworkRule rule, boolean allow) {
        HttpRequests written = rule.http();
        int before = problems.all().size();
        problems.unknown(where + ".http", written.unknown(), "methods, paths");
        problems.require(
                allow
                        && (rule.protocol() == NetworkProtocol.Http
                                || rule.protocol() == NetworkProtocol.Https && Boolean.TRUE.equals(rule.inspect())),
                where + ".http",
                "names requests, which can be read, and so held, only under allow and with protocol: http, or with protocol: https and inspect: true; write one of these, or leave http out");
        problems.require(
                !written.methods().isEmpty() || !written.paths().isEmpty(),
                where + ".http",
                "names no requests; write methods or paths, or leave it out for all of them");
        problems.require(
                written.methods().size() <= Bounds.HTTP_METHODS
                        && written.paths().size() <= Bounds.HTTP_PATHS,
                where + ".http",
                "has more than " + Bounds.HTTP_METHODS + " methods or " + Bounds.HTTP_PATHS
                        + " paths; write patterns, or several rules");
        written.methods().stream()
                .limit(Bounds.HTTP_METHODS)
                .forEach(
                        method -> problems.require(
                                isMethod(method),
                                where + ".http.methods",
                                Text.quoted(method)
                                        + " is no method that can be allowed; write one in upper case, such as GET, and neither CONNECT nor TRACE"));
        List<UrlPattern> paths = new ArrayList<>();
        written.paths().stream()
                .limit(Bounds.HTTP_PATHS)
                .forEach(path -> problems.take(where + ".http.paths", UrlPattern.parse(path))
                        .ifPresent(paths::add));
        return problems.all().size() == before
                ? Optional.of(RequestShape.of(written.methods(), paths))
                : Optional.empty();
    }

    private static boolean isMethod(String method) {
        return method != null
                && !method.isEmpty()
                && method.length() <= Bounds.HTTP_METHOD
                && method.chars().allMatch(c -> c >= 'A' && c <= 'Z')
                && !method.equals("CONNECT")
                && !method.equals("TRACE");
    }

    /** Without a protocol: what a browser speaks is allowed, and everything is denied. */
    private static Reach everywhere(NetworkProtocol protocol, Ports ports, boolean allow) {
        return protocol == null ? new Reach(ports, ports, allow ? Ports.NONE : ports) : Reach.of(protocol, ports);
    }

    /** None where none are written; empty where one of them is none. */
    private Optional<Ports> ports(String where, NetworkRule rule) {
        List<PortRange> ranges = new ArrayList<>();
        boolean all = rule.ports().size() <= PORTS_MOST;
        problems.require(all, where + ".ports", "has more than " + PORTS_MOST + " ports; write ranges");
        if (rule.port() != null) {
            Optional<PortRange> one = problems.take(where + ".port", PortRange.of(rule.port()));
            all &= one.isPresent();
            one.ifPresent(ranges::add);
        }
        for (int at = 0; at < rule.ports().size() && at < PORTS_MOST; at++) {
            IntOrString port = rule.ports().get(at);
            Parsed<PortRange> parsed =
                    port.getIntVal() != null ? PortRange.of(port.getIntVal()) : PortRange.parse(port.getStrVal());
            Optional<PortRange> range = problems.take(where + ".ports[" + at + "]", parsed);
            all &= range.isPresent();
            range.ifPresent(ranges::add);
        }
        return all ? Optional.of(Ports.of(ranges)) : Optional.empty();
    }
}
