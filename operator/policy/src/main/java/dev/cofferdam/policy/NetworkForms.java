package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.policy.match.AddressBlock;
import dev.cofferdam.policy.match.Ports;
import dev.cofferdam.policy.match.Text;

/** Which rules about connections the gateway can hold. One that would be held otherwise than it reads is refused. */
final class NetworkForms {
    /** The contract of the run channel has the same. */
    private static final int PORTS_MOST = 256;

    private final Problems problems;

    NetworkForms(Problems problems) {
        this.problems = problems;
    }

    void check(NetworkGrant grant) {
        few(NetworkGrant.PATH + ".allow", grant.allow());
        few(NetworkGrant.PATH + ".deny", grant.deny());
        int ports = grant.allow().asMap().values().stream()
                .map(Reach::all)
                .reduce(Ports.NONE, Ports::and)
                .count();
        problems.require(
                ports <= PORTS_MOST,
                NetworkGrant.PATH + ".allow",
                "names " + ports + " different ports; at most " + PORTS_MOST
                        + " can be enforced, because a sandbox listens on each of them; name those that are needed");
        grant.allow()
                .asMap()
                .keySet()
                .forEach(
                        target -> problems.require(
                                !(target instanceof AddressBlock block
                                        && block.first().v6()),
                                NetworkGrant.PATH + ".allow",
                                Text.quoted(target.toString())
                                        + " is a range of IPv6, which a sandbox has no way to; write the host's name, or its IPv4 range"));
    }

    private void few(String path, NetworkRules rules) {
        int count = NetworkGrant.shown(rules.asMap()).size();
        problems.require(
                count <= Bounds.NETWORK_RULES,
                path,
                "has " + count + " rules, one for each host or range and protocol; at most " + Bounds.NETWORK_RULES
                        + " can be enforced; name domains or ranges");
        rules.asMap()
                .forEach((target, reach) -> problems.require(
                        NetworkGrant.shown(target, reach).stream()
                                .allMatch(rule -> rule.ports().size() <= Bounds.PORTS),
                        path,
                        Text.quoted(target.toString()) + " has more than " + Bounds.PORTS + " ports; write ranges"));
    }
}
