package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.policy.Capability.Resource;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.AddressBlock;
import dev.cofferdam.policy.match.HostPattern;
import dev.cofferdam.policy.match.Ports;
import dev.cofferdam.policy.match.Ranges;
import dev.cofferdam.policy.match.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Rules of one list, by what they are about. A name is looked up with each of its endings, so that a thousand rules take no longer than one. */
final class NetworkRules {
    static final NetworkRules NONE = new NetworkRules(Map.of());

    private final Map<Target, Reach> rules;
    private final Map<String, Reach> exact = new HashMap<>();
    private final Map<String, Reach> below = new HashMap<>();
    private final List<Map.Entry<AddressBlock, Reach>> blocks = new ArrayList<>();
    private final List<Reach> inspecting;
    private final Reach any;

    NetworkRules(Map<Target, Reach> given) {
        rules = InOrder.of(given);
        Reach all = Reach.NONE;
        for (Map.Entry<Target, Reach> rule : rules.entrySet()) {
            switch (rule.getKey()) {
                case HostPattern.Any any -> all = rule.getValue();
                case HostPattern.Exact one -> exact.put(one.name(), rule.getValue());
                case HostPattern.Below domain -> below.put(domain.domain(), rule.getValue());
                case AddressBlock block -> blocks.add(Map.entry(block, rule.getValue()));
            }
        }
        this.any = all;
        this.inspecting = rules.values().stream()
                .filter(reach -> !reach.inspected().isEmpty())
                .toList();
    }

    /** In the order of the targets' texts. */
    Map<Target, Reach> asMap() {
        return rules;
    }

    boolean isEmpty() {
        return rules.isEmpty();
    }

    boolean hasBlock(Predicate<Reach> reach) {
        return blocks.stream().anyMatch(rule -> reach.test(rule.getValue()));
    }

    /** Under allow: whether one rule is about the whole target, and lets something through at some of the ports: without a port that is left to the lists. */
    boolean covers(Resource.Network asked) {
        return asked.target().isCatchAll()
                || rules.entrySet().stream()
                        .anyMatch(rule -> rule.getKey().covers(asked.target())
                                && rule.getValue().meets(asked.ports()));
    }

    /** At which ports the rules that are about the whole target let that protocol through; tcp carries the others. */
    Ports about(Target target, NetworkProtocol protocol) {
        return rules.entrySet().stream()
                .filter(rule -> rule.getKey().covers(target))
                .map(rule -> rule.getValue().of(protocol).and(rule.getValue().tcp()))
                .reduce(Ports.NONE, Ports::and);
    }

    /** At which ports the rules that are about the whole target let such requests through; a rule for some of them counts only where it is the same. */
    Ports about(Target target, RequestShape shape) {
        return rules.entrySet().stream()
                .filter(rule -> rule.getKey().covers(target))
                .map(rule -> rule.getValue().some().getOrDefault(shape, Ports.NONE))
                .reduce(about(target, NetworkProtocol.Http), Ports::and);
    }

    /** At which ports the rules that are about the whole target let such requests over TLS through, read or not. */
    Ports about(Target target, Inspection inspection) {
        return rules.entrySet().stream()
                .filter(rule -> rule.getKey().covers(target))
                .map(rule -> rule.getValue().inspected().getOrDefault(inspection, Ports.NONE))
                .reduce(about(target, NetworkProtocol.Https), Ports::and);
    }

    /** Under allow: all rules by which something is let through, as the record has them. */
    List<String> allowing(Destination to, Optional<String> name, List<Address> addresses) {
        List<String> allowing = new ArrayList<>();
        rules.forEach((target, reach) -> {
            if (isAbout(target, name, addresses)) {
                reach.allowing(to).forEach((how, ports) -> allowing.add(written(target, ports, how)));
            }
        });
        return allowing;
    }

    private static boolean isAbout(Target target, Optional<String> name, List<Address> addresses) {
        return switch (target) {
            case HostPattern host ->
                name.filter(known -> host.covers(new HostPattern.Exact(known))).isPresent();
            // A range of everything never means a private one.
            case AddressBlock block ->
                addresses.stream()
                        .anyMatch(
                                address -> block.contains(address) && (block.bits() > 0 || !Ranges.isSpecial(address)));
        };
    }

    /** A rule, or what is left of one, for the record. */
    static String written(Target target, Ports ports, String how) {
        return target + ":" + ports + "/" + how;
    }

    /** Under allow: what is added to requests to that name. */
    Optional<Credential> credential(String name, int port) {
        List<Credential> found = new ArrayList<>();
        matchName(name, reach -> {
            reach.credentials(port).forEach(found::add);
            return false;
        });
        return found.stream().findFirst();
    }

    /** Under allow: whether TLS to that name ends at the gateway. */
    boolean inspects(String name, int port) {
        return matchName(name, reach -> reach.inspects(port));
    }

    /** Under allow: whether TLS to any name ends at the gateway at that port. */
    boolean inspectsAt(int port) {
        return inspecting.stream().anyMatch(reach -> reach.inspects(port));
    }

    /** @param name in the form of {@code HostName} */
    boolean matchName(String name, Predicate<Reach> reach) {
        if (reach.test(any) || matches(exact, name, reach)) {
            return true;
        }
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            if (matches(below, name.substring(dot + 1), reach)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(Map<String, Reach> names, String name, Predicate<Reach> reach) {
        Reach found = names.get(name);
        return found != null && reach.test(found);
    }

    boolean matchAddress(Address address, Predicate<Reach> reach) {
        return matchAddress(address, reach, block -> true);
    }

    boolean matchAddress(Address address, Predicate<Reach> reach, Predicate<AddressBlock> which) {
        for (Map.Entry<AddressBlock, Reach> rule : blocks) {
            if (rule.getKey().contains(address) && which.test(rule.getKey()) && reach.test(rule.getValue())) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NetworkRules same && rules.equals(same.rules);
    }

    @Override
    public int hashCode() {
        return rules.hashCode();
    }

    @Override
    public String toString() {
        return rules.toString();
    }
}
