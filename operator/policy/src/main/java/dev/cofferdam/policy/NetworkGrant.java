package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.GrantedInjection;
import dev.cofferdam.api.v1alpha1.GrantedNetwork;
import dev.cofferdam.api.v1alpha1.HttpRequests;
import dev.cofferdam.api.v1alpha1.Injection;
import dev.cofferdam.api.v1alpha1.NetworkPermissions;
import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.NetworkRule;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.HostName;
import dev.cofferdam.policy.match.HostPattern;
import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.PortRange;
import dev.cofferdam.policy.match.Ports;
import dev.cofferdam.policy.match.Ranges;
import dev.cofferdam.policy.match.Target;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Where the tools of a policy may connect to. The order of its rules plays no part. */
public final class NetworkGrant {
    static final String PATH = "spec.permissions.network";

    private static final List<NetworkProtocol> PROTOCOLS =
            List.of(NetworkProtocol.Http, NetworkProtocol.Https, NetworkProtocol.Tcp);

    static final NetworkGrant NOTHING = new NetworkGrant(NetworkRules.NONE, NetworkRules.NONE);

    private final NetworkRules allow;
    private final NetworkRules deny;

    NetworkGrant(NetworkRules allow, NetworkRules deny) {
        this.allow = allow;
        this.deny = deny;
    }

    NetworkRules allow() {
        return allow;
    }

    NetworkRules deny() {
        return deny;
    }

    /** Rules in their canonical form: one for each target and protocol, in the order of their texts. */
    static List<GrantedNetwork> shown(Map<Target, Reach> rules) {
        return rules.entrySet().stream()
                .flatMap(rule -> shown(rule.getKey(), rule.getValue()).stream())
                .toList();
    }

    static List<GrantedNetwork> shown(Target target, Reach reach) {
        List<GrantedNetwork> shown = new ArrayList<>();
        for (NetworkProtocol protocol : PROTOCOLS) {
            if (!reach.of(protocol).isNone()) {
                shown.add(shown(target, reach.of(protocol), protocol, RequestShape.ALL, null));
            }
            if (protocol == NetworkProtocol.Http) {
                reach.some().forEach((shape, ports) -> shown.add(shown(target, ports, protocol, shape, null)));
            }
            if (protocol == NetworkProtocol.Https) {
                reach.inspected()
                        .forEach((inspection, ports) ->
                                shown.add(shown(target, ports, protocol, inspection.requests(), inspection)));
            }
        }
        return shown;
    }

    private static GrantedNetwork shown(
            Target target, Ports ports, NetworkProtocol protocol, RequestShape requests, Inspection inspection) {
        boolean host = target instanceof HostPattern;
        return new GrantedNetwork(
                host ? target.toString() : null,
                host ? null : target.toString(),
                ports.ranges().stream().map(PortRange::toString).toList(),
                protocol,
                requests.equals(RequestShape.ALL) ? null : requests.shown(),
                inspection == null ? null : true,
                inspection == null
                        ? null
                        : inspection
                                .credential()
                                .map(added -> new GrantedInjection(added.name(), added.header()))
                                .orElse(null));
    }

    /** As a claim has it. One that is none grants nothing. It came of a policy that was clear, and is asked for at each decision, so it is not looked at for that again. */
    static NetworkGrant claimed(List<GrantedNetwork> allow, List<GrantedNetwork> deny) {
        Problems problems = new Problems();
        NetworkGrant grant =
                new NetworkCompiler(problems).compileClear(new NetworkPermissions(rules(allow), rules(deny), null));
        return problems.all().isEmpty() ? grant : NOTHING;
    }

    /** The same as rules that are written. */
    static List<NetworkRule> rules(List<GrantedNetwork> shown) {
        return shown.stream()
                .map(rule -> new NetworkRule(
                        rule.host(),
                        rule.cidr(),
                        null,
                        rule.ports().stream().map(IntOrString::new).toList(),
                        rule.protocol(),
                        rule.http() == null
                                ? null
                                : new HttpRequests(
                                        rule.http().methods(), rule.http().paths(), null),
                        rule.inspect(),
                        rule.inject() == null
                                ? null
                                : new Injection(
                                        rule.inject().credential(),
                                        rule.inject().header(),
                                        null),
                        null))
                .toList();
    }

    /** What is added to requests to that host: whatever rule it is by, it is the same. */
    Optional<Credential> credential(String host, int port) {
        return HostName.asked(host).found().flatMap(name -> allow.credential(name, port));
    }

    /** Whether TLS to that host ends at the gateway: to a name that a rule inspects, by whatever other rule it might be let through. */
    boolean inspects(String host, int port) {
        return Address.parse(host).isEmpty()
                && HostName.asked(host)
                        .found()
                        .filter(name -> allow.inspects(name, port))
                        .isPresent();
    }

    /** Whether it says nothing of any connection. */
    boolean isEmpty() {
        return allow.isEmpty() && deny.isEmpty();
    }

    /** Whether the tools have no network at all. */
    public boolean isClosed() {
        return allow.isEmpty();
    }

    /** Whether a name is one that a tool can ask for: in its box it has those that a host rule allows, and no others. */
    Answer hasName(Destination to) {
        return mayResolve(to, false);
    }

    Answer mayResolve(Destination to) {
        return mayResolve(to, allow.hasBlock(allowing(to)));
    }

    private Answer mayResolve(Destination to, boolean whereverItLeads) {
        Reasons reasons = new Reasons();
        if (isForm(to, reasons) && Address.parse(to.host()).isEmpty()) {
            name(to, reasons).ifPresent(name -> {
                if (!isNameAllowed(name, to) && !whereverItLeads) {
                    notAllowed(to, reasons);
                }
            });
        }
        return reasons.answer();
    }

    Answer decide(Destination to, List<Address> resolved, Floor floor) {
        Reasons reasons = new Reasons();
        if (!isForm(to, reasons)) {
            return reasons.answer();
        }
        Optional<Address> literal = Address.parse(to.host());
        Optional<String> name = literal.isPresent() ? Optional.empty() : name(to, reasons);
        if (literal.isEmpty() && name.isEmpty()) {
            return reasons.answer();
        }
        boolean named = name.isPresent() && isNameAllowed(name.get(), to);
        Set<Address> addresses = literal.<Set<Address>>map(Set::of).orElseGet(() -> new LinkedHashSet<>(resolved));
        if (addresses.isEmpty()) {
            reasons.add(
                    Reason.HostUnresolved,
                    shown(to),
                    "the name " + Text.quoted(to.host()) + " has no address; correct it, or try again later");
            if (!named && !allow.hasBlock(allowing(to))) {
                notAllowed(to, reasons);
            }
        }
        if (to.protocol() == NetworkProtocol.Https) {
            pastInspection(to.host(), to.port())
                    .ifPresent(reason -> reasons.add(Reason.HostNotAllowed, reason.resource(), reason.message()));
        }
        boolean uncovered = false;
        for (Address address : addresses) {
            uncovered |= !isCovered(to, address, floor, reasons);
        }
        // Where a rule about a name says that it is to be read, none about ranges lets it through otherwise.
        if (!named
                && (uncovered
                        || name.filter(known -> allow.inspects(known, to.port()))
                                .isPresent())) {
            notAllowed(to, reasons);
        }
        return reasons.answer();
    }

    /**
     * Why there is no TLS to an address that a range would open to it: it could be with a server that a rule has read by its name. Where a range is open to bytes of any
     * kind, they are not read.
     */
    Optional<DecisionReason> pastInspection(String host, int port) {
        if (!allow.inspectsAt(port)) {
            return Optional.empty();
        }
        Destination to = new Destination(host, port, NetworkProtocol.Https);
        return Address.parse(host)
                .filter(address -> allow.matchAddress(address, allowing(to)))
                .filter(address -> !allow.matchAddress(
                        address,
                        reach -> reach.tcp().contains(port),
                        block -> block.bits() > 0 || !Ranges.isSpecial(address)))
                .map(
                        address -> new DecisionReason(
                                Reason.HostNotAllowed.name(),
                                shown(to),
                                "a rule inspects what goes to a host at port " + port
                                        + ", and TLS to an address could be with that host, unread; connect to the host by its name"));
    }

    /** Whether a rule about ranges covers it, or there is nothing more to say of it than was said here. */
    private boolean isCovered(Destination to, Address address, Floor floor, Reasons reasons) {
        if (floor.holds(address)) {
            reasons.add(
                    Reason.AddressOnFloor,
                    resource(address, to.port()),
                    shown(to) + " is at " + address
                            + ", which no policy opens: this host, the cluster's own parts, other sandboxes and the clouds' metadata are out of reach");
        }
        if (deny.matchAddress(address, denying(to))
                || Ranges.hidden(address)
                        .filter(four -> deny.matchAddress(four, denying(to)))
                        .isPresent()) {
            reasons.add(
                    Reason.AddressDenied,
                    resource(address, to.port()),
                    shown(to) + " is at " + address + ", which a cidr under " + PATH
                            + ".deny covers; deny beats allow; have that rule narrowed");
        }
        if (!Ranges.isSpecial(address)) {
            return allow.matchAddress(address, allowing(to));
        }
        // A range of everything never means a private one.
        if (!allow.matchAddress(address, allowing(to), block -> block.bits() > 0)) {
            reasons.add(
                    Reason.AddressNotAllowed,
                    resource(address, to.port()),
                    shown(to) + " is at " + address
                            + ", which is private or reserved, and a rule about names does not reach such an address: names can be pointed anywhere; "
                            + (address.v6()
                                    ? "of IPv6 no range can be allowed yet; have the name lead to an address of IPv4, and its range "
                                    : "have its range ")
                            + "added as cidr under " + PATH + ".allow");
        }
        return true;
    }

    private boolean isForm(Destination to, Reasons reasons) {
        if (!PortRange.isPort(to.port()) || to.protocol() == null || to.protocol() == NetworkProtocol.Unrecognized) {
            reasons.add(
                    Reason.HostInvalid,
                    shown(to),
                    shown(to) + " has no port from 1 to 65535, or no protocol that is known here");
            return false;
        }
        return true;
    }

    /** The name in the form in which it is compared, where it is one that is not denied. */
    private Optional<String> name(Destination to, Reasons reasons) {
        return switch (HostName.asked(to.host())) {
            case Parsed.Bad<String> bad -> {
                reasons.add(Reason.HostInvalid, shown(to), "the host " + bad.why());
                yield Optional.empty();
            }
            case Parsed.Good<String> good -> {
                if (deny.matchName(good.value(), denying(to))) {
                    reasons.add(
                            Reason.HostDenied,
                            shown(to),
                            shown(to) + " is covered by a host under " + PATH
                                    + ".deny; deny beats allow; have that rule narrowed");
                }
                yield Optional.of(good.value());
            }
        };
    }

    private boolean isNameAllowed(String name, Destination to) {
        return allow.matchName(name, allowing(to));
    }

    private void notAllowed(Destination to, Reasons reasons) {
        reasons.add(
                Reason.HostNotAllowed,
                shown(to),
                "no rule under " + PATH + ".allow covers " + shown(to) + " over "
                        + to.protocol().text() + "; have one added with that host, port and protocol");
    }

    private static Predicate<Reach> allowing(Destination to) {
        return reach -> reach.allows(to);
    }

    private static Predicate<Reach> denying(Destination to) {
        return reach -> reach.denies(to.protocol(), to.port());
    }

    private static String shown(Destination to) {
        String host = Text.isSubdomain(to.host()) ? to.host() : Text.quoted(to.host());
        return host + ":" + to.port();
    }

    private static String resource(Address address, int port) {
        return (address.v6() ? "[" + address + "]" : address.toString()) + ":" + port;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NetworkGrant same && allow.equals(same.allow) && deny.equals(same.deny);
    }

    @Override
    public int hashCode() {
        return 31 * allow.hashCode() + deny.hashCode();
    }

    @Override
    public String toString() {
        return "allow " + allow + ", deny " + deny;
    }
}
