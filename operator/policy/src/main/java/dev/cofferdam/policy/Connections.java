package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.HostName;
import dev.cofferdam.policy.match.Ports;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Where a running tool may connect to at this moment: what its claim granted, and what its policy grants now. Both must grant, so an edit of the policy takes away,
 * and gives nothing more. Immutable; each answer depends on its arguments alone.
 */
public final class Connections {
    /** Nowhere, and whoever asks hears why. */
    public static Connections none(List<DecisionReason> why) {
        return none("", why);
    }

    private static Connections none(String policyVersion, List<DecisionReason> why) {
        return new Connections(policyVersion, Grants.NOTHING, NetworkGrant.NOTHING, Traffic.NOTHING, why);
    }

    private static final List<NetworkProtocol> PROTOCOLS =
            List.of(NetworkProtocol.Tcp, NetworkProtocol.Https, NetworkProtocol.Http);

    private final String policyVersion;
    private final Grants now;
    private final NetworkGrant claimed;
    private final Traffic traffic;
    private final List<DecisionReason> refused;

    private Connections(
            String policyVersion, Grants now, NetworkGrant claimed, Traffic traffic, List<DecisionReason> refused) {
        this.policyVersion = policyVersion;
        this.now = now;
        this.claimed = claimed;
        this.traffic = traffic;
        this.refused = List.copyOf(refused);
    }

    /** @param ruling on a claimed run, as {@link HandOut#job} gives it */
    public static Connections of(Ruling ruling) {
        return switch (ruling) {
            case Ruling.Refused no -> none(no.policyVersion(), no.reasons());
            case Ruling.Granted granted ->
                new Connections(
                        granted.policyVersion(),
                        granted.grants(),
                        NetworkGrant.claimed(
                                granted.effective().network(),
                                granted.effective().networkDenied()),
                        granted.job().limits().traffic(),
                        List.of());
        };
    }

    /** The policy as it is now; empty where there is none. */
    public String policyVersion() {
        return policyVersion;
    }

    /** What may cross in all, by the claim and by the policy as it is now. */
    public Traffic traffic() {
        return traffic;
    }

    /** What comes of an attempt. */
    public sealed interface Verdict {
        /** @param protocols what the stream may be, not empty: bytes of any kind with tcp */
        record Allowed(Set<NetworkProtocol> protocols) implements Verdict {
            public Allowed {
                protocols = Collections.unmodifiableSet(EnumSet.copyOf(protocols));
            }

            /** Whether the stream may be that, as what it is or as bytes of any kind. */
            public boolean carries(NetworkProtocol protocol) {
                return protocols.contains(NetworkProtocol.Tcp) || protocols.contains(protocol);
            }
        }

        /** @param reasons not empty */
        record Denied(List<DecisionReason> reasons) implements Verdict {
            public Denied {
                reasons = List.copyOf(reasons);
            }

            /** The codes, in order, each once. */
            public String codes() {
                return String.join(
                        " ",
                        reasons.stream().map(DecisionReason::code).distinct().toList());
            }
        }
    }

    /**
     * Whether the name may be looked up: a query tells somebody's name server something, so there is none for a name that no host rule allows, wherever it leads. An
     * address as host is allowed here.
     */
    public Verdict resolve(String host, int port) {
        return decide(host, port, PROTOCOLS, to -> now.resolve(to), to -> claimed.hasName(to));
    }

    /**
     * Whether there may be a connection.
     *
     * @param resolved all that the name resolves to now; nothing else may be connected to. Left aside where the host is an address
     */
    public Verdict connect(String host, int port, List<Address> resolved, Floor floor) {
        Verdict verdict = decide(
                host,
                port,
                PROTOCOLS,
                to -> now.connect(to, resolved, floor),
                to -> claimed.decide(to, resolved, floor));
        // Of the protocols that it might be, this is the one that there is something to be said of.
        return verdict instanceof Verdict.Denied && refused.isEmpty()
                ? now.network()
                        .pastInspection(host, port)
                        .or(() -> claimed.pastInspection(host, port))
                        .<Verdict>map(reason -> new Verdict.Denied(List.of(reason)))
                        .orElse(verdict)
                : verdict;
    }

    /**
     * Whether a stream to an address, or to a name, may greet a server by that name, which is what it will get where many names share an address.
     *
     * @param protocol what the stream is
     * @param greeted the name that it says, TLS in its greeting and HTTP in each request; unchecked
     */
    public Verdict greet(
            String host, int port, NetworkProtocol protocol, String greeted, List<Address> resolved, Floor floor) {
        Optional<String> name = HostName.asked(greeted).found();
        if (name.isEmpty()
                || Address.parse(host).isEmpty()
                        && !name.equals(HostName.asked(host).found())) {
            return new Verdict.Denied(List.of(new DecisionReason(
                    Reason.HostNotAllowed.name(),
                    Text.quoted(host),
                    "the server is greeted by another name than the one that was connected to")));
        }
        if (protocol != NetworkProtocol.Http && Address.parse(host).isPresent() && inspects(name.get(), port)) {
            return new Verdict.Denied(List.of(new DecisionReason(
                    Reason.HostNotAllowed.name(),
                    Text.quoted(host),
                    "a rule inspects what goes to that name, and by its address nobody could; connect to the name")));
        }
        return decide(
                greeted,
                port,
                List.of(NetworkProtocol.Tcp, protocol),
                to -> now.connect(to, resolved, floor),
                to -> claimed.decide(to, resolved, floor));
    }

    /**
     * Whether TLS to that host ends here: by the claim, or by the policy as it is now. A run that was not told so has no reason to trust that, and fails.
     */
    public boolean inspects(String host, int port) {
        return now.network().inspects(host, port) || claimed.inspects(host, port);
    }

    /** What is added to requests to that host, as the run was granted it. */
    public Optional<Credential> credential(String host, int port) {
        return claimed.credential(host, port);
    }

    /** Whether the policy adds that still, as it is now. */
    public boolean stillAdds(Credential credential, String host, int port) {
        return now.network().credential(host, port).equals(Optional.of(credential));
    }

    /**
     * Whether a request may be made, over a connection that may be.
     *
     * @param host the name or address that the connection is to, or greets the server by
     * @param protocol http, or https that is inspected
     * @param access what is asked for
     */
    public Verdict request(
            String host, int port, NetworkProtocol protocol, HttpAccess access, List<Address> resolved, Floor floor) {
        return decide(
                host,
                port,
                List.of(protocol),
                to -> now.connect(of(to, access), resolved, floor),
                to -> claimed.decide(of(to, access), resolved, floor));
    }

    /**
     * By which rules of the claim something is let through, for the record: all that fit, each written as {@link #revoked} has it. Empty where nothing is granted at all.
     *
     * @param host the name or address that the connection is to, or greets the server by
     * @param access of a request; empty where it is about the connection
     * @param addresses all that the name resolves to
     */
    public List<String> rules(
            String host, int port, NetworkProtocol protocol, Optional<HttpAccess> access, List<Address> addresses) {
        Optional<Address> literal = Address.parse(host);
        return claimed.allow()
                .allowing(
                        new Destination(host, port, protocol, access),
                        literal.isPresent()
                                ? Optional.empty()
                                : HostName.asked(host).found(),
                        literal.map(List::of).orElse(addresses));
    }

    private static Destination of(Destination to, HttpAccess access) {
        return new Destination(to.host(), to.port(), to.protocol(), Optional.of(access));
    }

    /**
     * What of the claim the policy no longer grants, rule by rule, for the record; which connections that is, {@link #connect} says. Empty where nothing is granted
     * at all any longer: then the run itself is stopped.
     */
    public List<String> revoked() {
        if (!refused.isEmpty()) {
            return List.of();
        }
        List<String> revoked =
                new ArrayList<>(beyond(claimed.allow(), now.network().allow(), ""));
        revoked.addAll(beyond(now.network().deny(), claimed.deny(), "denied: "));
        return revoked;
    }

    /** What the rules name and the others do not. */
    private static List<String> beyond(NetworkRules rules, NetworkRules others, String prefix) {
        List<String> more = new ArrayList<>();
        rules.asMap().forEach((target, reach) -> {
            for (NetworkProtocol protocol : List.of(NetworkProtocol.Http, NetworkProtocol.Https, NetworkProtocol.Tcp)) {
                Ports left = reach.of(protocol).without(others.about(target, protocol));
                if (!left.isNone()) {
                    more.add(prefix + NetworkRules.written(target, left, protocol.text()));
                }
            }
            reach.some().forEach((shape, ports) -> {
                Ports left = ports.without(others.about(target, shape));
                if (!left.isNone()) {
                    more.add(prefix + NetworkRules.written(target, left, Reach.written(shape)));
                }
            });
            reach.inspected().forEach((inspection, ports) -> {
                Ports left = ports.without(others.about(target, inspection));
                if (!left.isNone()) {
                    more.add(prefix + NetworkRules.written(target, left, Reach.written(inspection)));
                }
            });
        });
        return more;
    }

    private Verdict decide(
            String host,
            int port,
            List<NetworkProtocol> protocols,
            Function<Destination, Answer> byPolicy,
            Function<Destination, Answer> byClaim) {
        if (!refused.isEmpty()) {
            return new Verdict.Denied(refused);
        }
        List<DecisionReason> fewest = List.of();
        Set<NetworkProtocol> allowed = EnumSet.noneOf(NetworkProtocol.class);
        for (NetworkProtocol protocol : protocols) {
            Destination to = new Destination(host, port, protocol);
            Reasons reasons = new Reasons();
            for (Answer answer : List.of(byPolicy.apply(to), byClaim.apply(to))) {
                if (answer instanceof Answer.Denied denied) {
                    reasons.addAll(denied.reasons());
                }
            }
            if (reasons.none()) {
                allowed.add(protocol);
                continue;
            }
            List<DecisionReason> these = reasons.bounded();
            fewest = fewest.isEmpty() || these.size() < fewest.size() ? these : fewest;
        }
        return allowed.isEmpty() ? new Verdict.Denied(fewest) : new Verdict.Allowed(allowed);
    }
}
